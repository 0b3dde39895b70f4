import { describe, expect, test } from 'vitest';
import { LammError } from '../../src/errors.js';
import { createRandom } from '../../src/random.js';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import type { TensorData } from '../../src/runtime/session.js';
import { createTfjsSession } from '../../src/runtime/tfjs-session.js';
import { gradients } from '../../src/tensor/derivatives.js';
import { type TensorNode, type TensorOp, topologicalOrder } from '../../src/tensor/node.js';
import * as t from '../../src/tensor/operations.js';
import type { Shape } from '../../src/tensor/shape.js';
import { largestDifference } from '../helpers/compare.js';

/** Sizes behind the names that the cases use. */
const sizes: Record<string, number> = { n: 4, m: 3 };

interface OperationCase {
  readonly op: TensorOp;
  readonly title?: string;
  readonly inputs: readonly Shape[];
  readonly build: (inputs: readonly TensorNode[], indices: TensorNode) => TensorNode;
  /** Inputs are drawn from this interval. */
  readonly range?: readonly [number, number];
}

const positive = [0.3, 1.7] as const;
const indices = Int32Array.of(2, 0, 2, 1);

const cases: readonly OperationCase[] = [
  { op: 'negate', inputs: [['n', 2]], build: ([x]) => t.negate(x) },
  { op: 'exp', inputs: [['n', 2]], build: ([x]) => t.exp(x) },
  { op: 'log', inputs: [['n', 2]], build: ([x]) => t.log(x), range: positive },
  { op: 'sqrt', inputs: [['n', 2]], build: ([x]) => t.sqrt(x), range: positive },
  { op: 'reciprocal', inputs: [['n', 2]], build: ([x]) => t.reciprocal(x), range: positive },
  { op: 'sin', inputs: [['n', 2]], build: ([x]) => t.sin(x) },
  { op: 'cos', inputs: [['n', 2]], build: ([x]) => t.cos(x) },
  { op: 'abs', inputs: [['n', 2]], build: ([x]) => t.multiply(t.abs(x), x) },
  { op: 'sign', inputs: [['n', 2]], build: ([x]) => t.multiply(t.sign(x), t.exp(x)) },
  { op: 'sigmoid', inputs: [['n', 2]], build: ([x]) => t.sigmoid(x) },
  { op: 'silu', inputs: [['n', 2]], build: ([x]) => t.silu(x) },
  { op: 'add', inputs: [['n', 2], [2]], build: ([a, b]) => t.multiply(t.add(a, b), b) },
  {
    op: 'subtract',
    inputs: [
      ['n', 2],
      ['n', 1],
    ],
    build: ([a, b]) => t.multiply(t.subtract(a, b), a),
  },
  {
    op: 'multiply',
    inputs: [
      ['n', 3, 2],
      ['n', 1, 2],
    ],
    build: ([a, b]) => t.multiply(a, b),
  },
  { op: 'divide', inputs: [['n', 2], [2]], build: ([a, b]) => t.divide(a, b), range: positive },
  { op: 'less', inputs: [['n', 2], [2]], build: ([a, b]) => t.where(t.less(a, b), t.multiply(a, a), b) },
  {
    op: 'where',
    inputs: [
      ['n', 2],
      ['n', 1],
    ],
    build: ([a, b]) => t.where(t.less(0, a), t.exp(b), t.multiply(a, b)),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map(
      (transposeB): OperationCase => ({
        op: 'matMul',
        title: `matMul${transposeA ? ' with the first transposed' : ''}${transposeB ? ' with the second transposed' : ''}`,
        inputs: [transposeA ? [2, 'n'] : ['n', 2], transposeB ? ['m', 2] : [2, 'm']],
        build: ([a, b]) => t.matMul(a, b, { transposeA, transposeB }),
      }),
    ),
  ),
  {
    op: 'matMul',
    title: 'matMul of stacked matrices',
    inputs: [
      ['n', 3, 2],
      ['n', 3, 4],
    ],
    build: ([a, b]) => t.matMul(a, b, { transposeA: true }),
  },
  {
    op: 'matMul',
    title: 'matMul with a bias row',
    inputs: [['n', 2], [3, 2], [3]],
    build: ([a, b, c]) => t.add(t.matMul(a, b, { transposeB: true }), c),
  },
  { op: 'reduceSum', inputs: [['n', 3, 2]], build: ([x]) => t.exp(t.reduceSum(x, [0, 2])) },
  {
    op: 'reduceSum',
    title: 'reduceSum over an axis of short rows',
    inputs: [['n', 'm', 3, 2]],
    build: ([x]) => t.exp(t.reduceSum(t.reduceSum(x, [2]), [1])),
  },
  {
    op: 'subtract',
    title: 'subtraction of columns of width 1 from a number',
    inputs: [['n', 3, 1]],
    build: ([x]) => t.multiply(t.add(t.subtract(1, t.divide(x, 3)), 0.2), x),
  },
  {
    op: 'reduceSum',
    title: 'reduceSum that keeps its axes',
    inputs: [['n', 3]],
    build: ([x]) => t.multiply(x, t.reduceSum(x, [1], { keepAxes: true })),
  },
  {
    op: 'broadcastTo',
    inputs: [
      [1, 2],
      ['n', 3, 2],
    ],
    build: ([x, y]) => t.multiply(t.exp(t.broadcastTo(x, ['n', 3, 2])), y),
  },
  {
    op: 'broadcastTo',
    title: 'broadcastTo of a scalar',
    inputs: [[], ['n', 2]],
    build: ([x, y]) => t.concat([t.broadcastTo(t.exp(x), ['n', 2]), y], 1),
  },
  { op: 'reshape', inputs: [['n', 3, 2]], build: ([x]) => t.exp(t.reshape(x, ['3*n', 2])) },
  { op: 'transpose', inputs: [['n', 3, 2]], build: ([x]) => t.exp(t.transpose(x, [2, 0, 1])) },
  { op: 'slice', inputs: [['n', 5]], build: ([x]) => t.exp(t.slice(x, 1, 1, 4)) },
  {
    op: 'slice',
    title: 'slices that follow, repeat and overlap each other, along either axis',
    inputs: [[4, 5]],
    build: ([x]) => {
      const [left, right, middle] = [t.slice(x, 1, 0, 2), t.slice(x, 1, 2, 4), t.slice(x, 1, 1, 3)];
      const rows = t.multiply(t.slice(x, 0, 0, 2), t.slice(x, 0, 2, 4));
      return t.concat([t.exp(t.multiply(left, right)), t.multiply(left, middle), t.concat([rows, t.sin(rows)], 0)], 1);
    },
  },
  {
    op: 'concat',
    inputs: [
      ['n', 2],
      ['n', 3],
    ],
    build: ([a, b]) => t.exp(t.concat([a, b, a], 1)),
  },
  { op: 'gatherRows', inputs: [['m', 2]], build: ([x], rows) => t.exp(t.gatherRows(x, rows)) },
  {
    op: 'scatterRows',
    inputs: [
      ['n', 2, 3],
      ['m', 1],
    ],
    build: ([x, y], rows) => t.multiply(t.exp(t.scatterRows(x, rows, 'm')), t.reshape(y, ['m', 1, 1])),
  },
  {
    op: 'segmentSoftmax',
    inputs: [
      ['n', 2, 3],
      ['m', 1],
    ],
    build: ([x, y], rows) =>
      t.multiply(t.segmentSoftmax(t.multiply(x, 2), rows, 'm'), t.reshape(t.gatherRows(y, rows), ['n', 1, 1])),
  },
  { op: 'input', inputs: [['n', 2]], build: ([x]) => t.multiply(x, x) },
  { op: 'constant', inputs: [['n', 2]], build: ([x]) => t.exp(t.multiply(x, t.constant([0.5, -2], [2]))) },
];

describe('every operation', () => {
  test('has a case here', () => {
    const allOps: Record<TensorOp, true> = {
      input: true,
      constant: true,
      negate: true,
      exp: true,
      log: true,
      sqrt: true,
      reciprocal: true,
      sin: true,
      cos: true,
      abs: true,
      sign: true,
      sigmoid: true,
      silu: true,
      add: true,
      subtract: true,
      multiply: true,
      divide: true,
      less: true,
      where: true,
      matMul: true,
      reduceSum: true,
      broadcastTo: true,
      reshape: true,
      transpose: true,
      slice: true,
      concat: true,
      gatherRows: true,
      scatterRows: true,
      segmentSoftmax: true,
    };
    for (const { op, ...operation } of cases) {
      const { output } = buildCase({ op, ...operation });
      expect(
        topologicalOrder([output]).some((node) => node.op === op),
        op,
      ).toBe(true);
    }
    expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(Object.keys(allOps)));
  });

  for (const operation of cases) {
    test(`${operation.title ?? operation.op}: value against TensorFlow.js, first and second derivative against central differences`, async () => {
      const { output, inputs, feeds } = buildCase(operation);
      const first = scalarOf(output, 1);
      const firstGradients = gradients(first, inputs);
      const second = firstGradients.map((gradient) => scalarOf(gradient, 2)).reduce((sum, part) => t.add(sum, part));
      const dependent = inputs.filter((node) => topologicalOrder([second]).includes(node));
      const secondGradients = gradients(second, dependent);
      const outputs = {
        output,
        first,
        second,
        ...Object.fromEntries(firstGradients.map((node, index) => [`first${index}`, node])),
        ...Object.fromEntries(secondGradients.map((node, index) => [`second${index}`, node])),
      };
      await using session = await createOnnxSession(outputs, { precision: 'float64', threads: 1 });
      await using oracle = await createTfjsSession(outputs);
      const results = await session.run(feeds);
      const oracleResults = await oracle.run(feeds);
      for (const name of Object.keys(outputs)) {
        const scale = 1 + Math.max(...results[name].data.map(Math.abs));
        expect(largestDifference(results[name].data, oracleResults[name].data), name).toBeLessThan(3e-6 * scale); // single precision
        expect(oracleResults[name].shape, name).toEqual([...results[name].shape]);
      }
      for (const [index, input] of inputs.entries()) {
        const numeric = await centralDifferences(session, { feeds, of: 'first', by: nameOf(input) });
        expect(
          largestDifference(results[`first${index}`].data, numeric),
          `first derivative by input ${index}`,
        ).toBeLessThan(1e-7);
      }
      for (const input of inputs) {
        const numeric = await centralDifferences(session, { feeds, of: 'second', by: nameOf(input) });
        const index = dependent.indexOf(input);
        const analytic = index < 0 ? numeric.map(() => 0) : results[`second${index}`].data;
        expect(largestDifference(analytic, numeric), `second derivative by ${nameOf(input)}`).toBeLessThan(
          1e-6 * (1 + Math.max(...numeric.map(Math.abs))),
        );
      }
    });
  }
});

describe('a wrong graph is refused when it is built', () => {
  const x = t.input('x', ['n', 3]);
  const y = t.input('y', ['m', 2]);
  const rows = t.input('rows', ['n'], 'index');
  const wrong: Record<string, () => TensorNode> = {
    'shapes that do not broadcast': () => t.add(x, y),
    'inner lengths of a product that differ': () => t.matMul(x, y),
    'a reshape that loses elements': () => t.reshape(x, ['n', 2]),
    'a reshape to another named size': () => t.reshape(x, ['m', 3]),
    'an axis that is not there': () => t.reduceSum(x, [2]),
    'a slice outside': () => t.slice(x, 1, 1, 4),
    'a slice of a named axis': () => t.slice(x, 0, 0, 1),
    'parts that do not fit together': () => t.concat([x, y], 1),
    'indices that are real numbers': () => t.gatherRows(x, t.input('z', ['n'])),
    'indices of another length': () => t.scatterRows(y, rows, 'k'),
    'a softmax over segments without an index for each row': () =>
      t.segmentSoftmax(t.input('z', ['k', 2, 3]), rows, 'm'),
    'a repetition that would shrink': () => t.broadcastTo(x, [3]),
    'a permutation that repeats an axis': () => t.transpose(x, [0, 0]),
    'a derivative of something not scalar': () => gradients(x, [x])[0],
    'a derivative by something unrelated': () => gradients(t.reduceSum(x), [y])[0],
  };
  for (const [title, build] of Object.entries(wrong)) {
    test(title, () => {
      expect(build).toThrow(LammError);
    });
  }

  test('a size that no input has', async () => {
    await expect(createOnnxSession({ out: t.broadcastTo(t.input('s', []), ['k']) })).rejects.toThrow(/size "k"/);
  });
});

function buildCase({ inputs: shapes, build, range = [-1.2, 1.2] }: OperationCase) {
  const random = createRandom(7);
  const inputs = shapes.map((shape, index) => t.input(`x${index}`, shape));
  const rows = t.input('rows', ['n'], 'index');
  const feeds: Record<string, TensorData> = {
    rows: { data: indices, shape: [indices.length] },
    anchorM: vector(sizes.m),
  };
  shapes.forEach((shape, index) => {
    const known = shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
    const count = known.reduce((product, dim) => product * dim, 1);
    feeds[`x${index}`] = {
      data: Float64Array.from({ length: count }, () => range[0] + (range[1] - range[0]) * random.uniform()),
      shape: known,
    };
  });
  return { output: build(inputs, rows), inputs, feeds };
}

function vector(length: number): TensorData {
  return { data: new Float64Array(length), shape: [length] };
}

/** A sum of the elements with weights that are all different, so that no two elements can be mixed up. */
function scalarOf(x: TensorNode, seed: number): TensorNode {
  const weights = [...x.shape.keys()].reduce<TensorNode>((product, axis) => {
    const dim = x.shape[axis];
    if (typeof dim !== 'number') return product;
    const line = t.constant(
      Float64Array.from({ length: dim }, (_, index) => Math.cos(seed + axis + 1.3 * index)),
      [dim],
    );
    return t.multiply(product, t.reshape(line, [dim, ...x.shape.slice(axis + 1).map(() => 1)]));
  }, t.constant(1));
  return t.reduceSum(t.multiply(t.add(x, t.multiply(t.multiply(x, x), 0.3)), weights));
}

function nameOf(node: TensorNode): string {
  return node.op === 'input' ? node.name : '';
}

async function centralDifferences(
  session: Awaited<ReturnType<typeof createOnnxSession>>,
  { feeds, of, by }: { feeds: Record<string, TensorData>; of: string; by: string },
): Promise<Float64Array> {
  const step = 1e-5;
  const derivatives = new Float64Array(feeds[by].data.length);
  for (const index of derivatives.keys()) {
    const at = async (shift: number) => {
      const data = Float64Array.from(feeds[by].data);
      data[index] += shift;
      return (await session.run({ ...feeds, [by]: { data, shape: feeds[by].shape } }))[of].data[0];
    };
    derivatives[index] = ((await at(step)) - (await at(-step))) / (2 * step);
  }
  return derivatives;
}
