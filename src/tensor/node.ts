import type { Dim, Shape } from './shape.js';

/**
 * Element type: real numbers (single or double precision, chosen when the graph is lowered), indices, or truth values.
 */
export type DType = 'real' | 'index' | 'truth';

export type UnaryOp =
  | 'negate'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'sin'
  | 'cos'
  | 'abs'
  | 'sign'
  | 'sigmoid'
  | 'silu';

export type BinaryOp = 'add' | 'subtract' | 'multiply' | 'divide';

interface NodeBase {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * One value of a tensor graph: what it is computed from and its shape.  Nodes are immutable and made by the functions
 * of `operations.ts`; a graph is what can be reached from its outputs.
 */
export type TensorNode = NodeBase &
  (
    | { readonly op: 'input'; readonly name: string; readonly inputs: readonly [] }
    | { readonly op: 'constant'; readonly values: Float64Array; readonly inputs: readonly [] }
    | { [Op in UnaryOp]: { readonly op: Op; readonly inputs: readonly [TensorNode] } }[UnaryOp]
    | { [Op in BinaryOp]: { readonly op: Op; readonly inputs: readonly [TensorNode, TensorNode] } }[BinaryOp]
    | { readonly op: 'less'; readonly inputs: readonly [TensorNode, TensorNode] }
    | { readonly op: 'where'; readonly inputs: readonly [TensorNode, TensorNode, TensorNode] }
    | {
        readonly op: 'matMul';
        readonly inputs: readonly [TensorNode, TensorNode];
        readonly transposeA: boolean;
        readonly transposeB: boolean;
      }
    | { readonly op: 'reduceSum'; readonly inputs: readonly [TensorNode]; readonly axes: readonly number[] }
    | { readonly op: 'broadcastTo'; readonly inputs: readonly [TensorNode] }
    | { readonly op: 'reshape'; readonly inputs: readonly [TensorNode] }
    | { readonly op: 'transpose'; readonly inputs: readonly [TensorNode]; readonly permutation: readonly number[] }
    | {
        readonly op: 'slice';
        readonly inputs: readonly [TensorNode];
        readonly axis: number;
        readonly start: number;
        readonly end: number;
      }
    | { readonly op: 'concat'; readonly inputs: readonly TensorNode[]; readonly axis: number }
    | { readonly op: 'gatherRows'; readonly inputs: readonly [TensorNode, TensorNode] }
    | { readonly op: 'scatterRows'; readonly inputs: readonly [TensorNode, TensorNode] }
    | { readonly op: 'segmentSoftmax'; readonly inputs: readonly [TensorNode, TensorNode]; readonly rowCount: Dim }
  );

/** Every operation, for tables that must be complete. */
export type TensorOp = TensorNode['op'];

/** The node of one operation, with its attributes. */
export type NodeOf<Op extends TensorOp> = Extract<TensorNode, { readonly op: Op }>;

/** Nodes that `outputs` depend on, each after its inputs. */
export function topologicalOrder(outputs: Iterable<TensorNode>): TensorNode[] {
  const order: TensorNode[] = [];
  const state = new Map<TensorNode, 'open' | 'done'>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (state.has(node)) {
      stack.pop();
      if (state.get(node) === 'open') {
        state.set(node, 'done');
        order.push(node);
      }
      continue;
    }
    state.set(node, 'open');
    for (const input of node.inputs) if (!state.has(input)) stack.push(input);
  }
  return order;
}
