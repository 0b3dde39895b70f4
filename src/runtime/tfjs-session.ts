import type * as tf from '@tensorflow/tfjs-core';
import { LammError } from '../errors.js';
import { mergeCommonSubexpressions } from '../tensor/common-subexpressions.js';
import { type NodeOf, type TensorNode, type TensorOp, topologicalOrder } from '../tensor/node.js';
import { holdHere, type RuntimeOptions, type Session, type TensorData } from './session.js';
import { readSizes, type Sizes, shapeInNumbers } from './sizes.js';

type Tf = typeof tf;

/**
 * Prepares the graph of `outputs` for TensorFlow.js: its native package (GPU or CPU) when the user has installed one,
 * else plain JavaScript. Single precision.  Threads and worker are the engine's own business.
 */
export async function createTfjsSession(
  outputs: Readonly<Record<string, TensorNode>>,
  { device = 'cpu' }: RuntimeOptions = {},
): Promise<Session> {
  const { library, native } = await loadTfjs();
  const names = Object.keys(outputs);
  const roots = mergeCommonSubexpressions(Object.values(outputs));
  const order = topologicalOrder(roots);
  const inputs = order.filter((node) => node.op === 'input');
  const lastUse = findLastUses(order, roots);

  async function run(
    feeds: Readonly<Record<string, TensorData>>,
    into: Readonly<Record<string, TensorData>> = {},
  ): Promise<Record<string, TensorData>> {
    for (const { name } of inputs) requireFeed(feeds, name);
    const sizes = readSizes(inputs, feeds);
    const values = new Map<TensorNode, tf.Tensor>();
    try {
      for (const node of order) {
        values.set(
          node,
          library.tidy(() => evaluate(node, { library, values, feeds, sizes })),
        );
        for (const spent of lastUse.get(node) ?? []) release(values, spent);
      }
      return Object.fromEntries(
        names.map((name, index): [string, TensorData] => {
          const tensor = valueOf(values, roots[index]);
          const given = into[name];
          given?.data.set(tensor.dataSync());
          return [name, given ?? { data: Float32Array.from(tensor.dataSync()), shape: tensor.shape }];
        }),
      );
    } finally {
      for (const node of [...values.keys()]) release(values, node);
    }
  }

  const found = native ? library.getBackend() : 'plain JavaScript on the CPU';
  return {
    inputs,
    outputs: names,
    device: native ? device : 'cpu',
    notices: [
      `TensorFlow.js runs as ${found}${native ? '' : '; install @tensorflow/tfjs-node or tfjs-node-gpu for its native library'}`,
    ],
    run,
    hold: async (feeds) => holdHere(run, feeds),
    async [Symbol.asyncDispose]() {},
  };
}

async function loadTfjs(): Promise<{ library: Tf; native: boolean }> {
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      const library: Tf = await import(name);
      await library.ready();
      return { library, native: true };
    } catch {
      // Not installed, which is the usual case: these packages are optional.
    }
  }
  const library = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  library.enableProdMode(); // or it prints an advertisement at its first operation
  await library.setBackend('cpu');
  return { library, native: false };
}

interface Evaluation {
  readonly library: Tf;
  readonly values: ReadonlyMap<TensorNode, tf.Tensor>;
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly sizes: Sizes;
}

type Evaluator<Op extends TensorOp> = (
  node: NodeOf<Op>,
  operands: readonly tf.Tensor[],
  context: Evaluation,
) => tf.Tensor;

const evaluators: { readonly [Op in TensorOp]: Evaluator<Op> } = {
  input: ({ name, dtype }, _, { library, feeds }) => {
    const { data, shape } = requireFeed(feeds, name);
    return dtype === 'index'
      ? library.tensor(Int32Array.from(data), [...shape], 'int32')
      : library.tensor(Float32Array.from(data), [...shape], 'float32');
  },
  constant: ({ values, shape }, _, { library }) =>
    library.tensor(Float32Array.from(values), shape.map(Number), 'float32'),
  negate: (_, [x], { library }) => library.neg(x),
  exp: (_, [x], { library }) => library.exp(x),
  log: (_, [x], { library }) => library.log(x),
  sqrt: (_, [x], { library }) => library.sqrt(x),
  reciprocal: (_, [x], { library }) => library.reciprocal(x),
  sin: (_, [x], { library }) => library.sin(x),
  cos: (_, [x], { library }) => library.cos(x),
  abs: (_, [x], { library }) => library.abs(x),
  sign: (_, [x], { library }) => library.sign(x),
  sigmoid: (_, [x], { library }) => library.sigmoid(x),
  silu: (_, [x], { library }) => library.mul(x, library.sigmoid(x)),
  add: (_, [a, b], { library }) => library.add(a, b),
  subtract: (_, [a, b], { library }) => library.sub(a, b),
  multiply: (_, [a, b], { library }) => library.mul(a, b),
  divide: (_, [a, b], { library }) => library.div(a, b),
  less: (_, [a, b], { library }) => library.less(a, b),
  where: ({ shape }, [condition, a, b], { library, sizes }) => {
    const full = shapeInNumbers(shape, sizes);
    const repeated = library.broadcastTo(library.cast(condition, 'int32'), full);
    return library.where(library.cast(repeated, 'bool'), library.broadcastTo(a, full), library.broadcastTo(b, full));
  },
  matMul: ({ transposeA, transposeB }, [a, b], { library }) => library.matMul(a, b, transposeA, transposeB),
  reduceSum: ({ axes }, [x], { library }) => library.sum(x, [...axes]),
  broadcastTo: ({ shape }, [x], { library, sizes }) => library.broadcastTo(x, shapeInNumbers(shape, sizes)),
  reshape: ({ shape }, [x], { library, sizes }) => library.reshape(x, shapeInNumbers(shape, sizes)),
  transpose: ({ permutation }, [x], { library }) => library.transpose(x, [...permutation]),
  slice: ({ axis, start, end }, [x], { library }) => {
    const begin = x.shape.map((_, index) => (index === axis ? start : 0));
    return library.slice(x, begin, x.shape.with(axis, end - start));
  },
  concat: ({ axis }, parts, { library }) => library.concat([...parts], axis),
  gatherRows: (_, [table, indices], { library }) => library.gather(table, library.cast(indices, 'int32')),
  scatterRows: ({ shape }, [updates, indices], { library, sizes }) =>
    library.unsortedSegmentSum(updates, library.cast(indices, 'int32') as tf.Tensor1D, shapeInNumbers(shape, sizes)[0]), // `scatterRows` asserts one axis
  segmentSoftmax: ({ rowCount }, [x, indices], { library, sizes }) => {
    const segments = library.cast(indices, 'int32') as tf.Tensor1D; // `segmentSoftmax` asserts one axis
    const [count] = shapeInNumbers([rowCount], sizes);
    const largest = segmentMaximum(library, library.max(x, 1) as tf.Tensor2D, { segments, count }); // of three axes
    const ofRows = (values: tf.Tensor) => library.expandDims(library.gather(values, segments), 1);
    const exponentials = library.exp(library.sub(x, ofRows(largest)));
    const sums = library.unsortedSegmentSum(library.sum(exponentials, 1), segments, count);
    return library.div(exponentials, ofRows(sums));
  },
};

/** Largest of the rows of each segment, which the library lacks: [n x k] -> [count x k]; 0 where there are none. */
function segmentMaximum(
  library: Tf,
  rows: tf.Tensor2D,
  { segments, count }: { readonly segments: tf.Tensor1D; readonly count: number },
): tf.Tensor {
  const [values, owners] = [rows.dataSync(), segments.dataSync()];
  const width = rows.shape[1];
  const largest = new Float32Array(count * width).fill(Number.NEGATIVE_INFINITY);
  values.forEach((value, index) => {
    const place = owners[Math.floor(index / width)] * width + (index % width);
    largest[place] = Math.max(largest[place], value);
  });
  return library.tensor(
    largest.map((value) => (value === Number.NEGATIVE_INFINITY ? 0 : value)),
    [count, width],
  );
}

function evaluate(node: TensorNode, context: Evaluation): tf.Tensor {
  const operands = node.inputs.map((input) => valueOf(context.values, input));
  const evaluator = evaluators[node.op] as Evaluator<TensorOp>; // the table is typed by the same operation
  return evaluator(node, operands, context);
}

function valueOf(values: ReadonlyMap<TensorNode, tf.Tensor>, node: TensorNode): tf.Tensor {
  const value = values.get(node);
  if (value === undefined) throw new LammError('graph', `${node.op} is used before it is computed`);
  return value;
}

function release(values: Map<TensorNode, tf.Tensor>, node: TensorNode): void {
  values.get(node)?.dispose();
  values.delete(node);
}

/** After which node each intermediate value is needed no more. */
function findLastUses(order: readonly TensorNode[], roots: readonly TensorNode[]): Map<TensorNode, TensorNode[]> {
  const last = new Map<TensorNode, TensorNode>();
  for (const node of order) for (const input of node.inputs) last.set(input, node);
  for (const root of roots) last.delete(root);
  const spent = new Map<TensorNode, TensorNode[]>();
  for (const [value, user] of last) spent.set(user, [...(spent.get(user) ?? []), value]);
  return spent;
}

function requireFeed(feeds: Readonly<Record<string, TensorData>>, name: string): TensorData {
  const feed = feeds[name];
  if (feed === undefined) throw new LammError('engine', `the graph needs a value for its input "${name}"`);
  return feed;
}
