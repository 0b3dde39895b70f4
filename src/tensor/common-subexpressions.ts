import { type TensorNode, topologicalOrder } from './node.js';

/**
 * Rebuilds a graph so that equal expressions are computed once; differentiation writes many of them twice.
 * Returns the outputs in the same order.
 */
export function mergeCommonSubexpressions(outputs: readonly TensorNode[]): TensorNode[] {
  const merged = new Map<TensorNode, TensorNode>();
  const known = new Map<string, TensorNode>();
  const identity = new Map<TensorNode, number>();
  for (const node of topologicalOrder(outputs)) {
    if (isLargeConstant(node)) {
      identity.set(node, identity.size);
      continue;
    }
    const inputs = node.inputs.map((input) => merged.get(input) ?? input);
    const key = describe(
      node,
      inputs.map((input) => identity.get(input) ?? -1),
    );
    let canonical = known.get(key);
    if (canonical === undefined) {
      const changed = inputs.some((input, index) => input !== node.inputs[index]);
      canonical = changed ? ({ ...node, inputs } as TensorNode) : node; // same operation, same number of inputs
      known.set(key, canonical);
      identity.set(canonical, identity.size);
    }
    merged.set(node, canonical);
  }
  return outputs.map((output) => merged.get(output) ?? output);
}

/** Weights: each is one node already, and too long to compare. */
function isLargeConstant(node: TensorNode): boolean {
  return node.op === 'constant' && node.values.length > 64;
}

/** A text that two nodes share exactly if they compute the same. */
function describe(node: TensorNode, inputs: readonly number[]): string {
  const operands = isCommutative(node) ? inputs.toSorted((a, b) => a - b) : inputs;
  const { inputs: _, op, ...attributes } = node;
  if (node.op === 'constant') return `constant ${node.shape.join()} ${node.values.join()}`;
  return `${op} ${operands.join()} ${JSON.stringify(attributes)}`;
}

function isCommutative(node: TensorNode): boolean {
  return node.op === 'add' || node.op === 'multiply';
}
