import { describe, expect, test } from 'vitest';
import { atomIndex, edgeComponents } from '../../../src/models/equiformer-v2/components.js';
import { edgeDirections, edgeFrames } from '../../../src/models/equiformer-v2/frames.js';
import { solidHarmonics } from '../../../src/models/equiformer-v2/harmonics.js';
import { edgeRotations } from '../../../src/models/equiformer-v2/rotations.js';
import { createRandom } from '../../../src/random.js';
import { createOnnxSession } from '../../../src/runtime/onnx-session.js';
import { gradients } from '../../../src/tensor/derivatives.js';
import { constant, input, multiply, reduceSum } from '../../../src/tensor/operations.js';
import { largestDifference } from '../../helpers/compare.js';
import { readJson } from '../../helpers/equiformer-reference.js';
import { sharedPath } from '../../helpers/shared.js';

type Vector = readonly [number, number, number];

const random = createRandom(11);
const randomVector = (): Vector => [random.normal(), random.normal(), random.normal()];
/** Also along every axis, where angles would be undefined. */
const edges: readonly Vector[] = [
  ...Array.from({ length: 6 }, randomVector),
  ...([0, 1, 2] as const).flatMap((axis) =>
    [2, -2].map(
      (length): Vector => [0, 1, 2].map((other) => (other === axis ? length : 0)) as [number, number, number],
    ),
  ),
];
const feeds = { vectors: { data: Float64Array.from(edges.flat()), shape: [edges.length, 3] } };

async function framesAndRotations(maxDegree: number, maxOrder: number) {
  const frames = edgeFrames(edgeDirections(input('vectors', ['edges', 3])).directions);
  const { toEdge } = edgeRotations(frames, maxDegree, maxOrder);
  await using session = await createOnnxSession({ frames, toEdge }, { precision: 'float64' });
  return await session.run(feeds); // before the session is disposed of
}

function turned(frame: ArrayLike<number>, vector: Vector): Vector {
  const row = (index: number) => vector.reduce((sum, value, axis) => sum + frame[3 * index + axis] * value, 0);
  return [row(0), row(1), row(2)];
}

describe('frames of edges', () => {
  test('are right-handed and turn each edge onto the y axis', async () => {
    const { frames } = await framesAndRotations(1, 1);
    for (const [index, edge] of edges.entries()) {
      const frame = frames.data.slice(9 * index, 9 * index + 9);
      const [x, y, z] = [0, 1, 2].map((row) => Array.from(frame.slice(3 * row, 3 * row + 3)) as unknown as Vector);
      expect(largestDifference(turned(frame, edge), [0, Math.hypot(...edge), 0])).toBeLessThan(1e-12);
      expect(largestDifference(turned(frame, x), [1, 0, 0])).toBeLessThan(1e-12);
      expect(largestDifference(turned(frame, z), [0, 0, 1])).toBeLessThan(1e-12);
      const cross = [y[1] * z[2] - y[2] * z[1], y[2] * z[0] - y[0] * z[2], y[0] * z[1] - y[1] * z[0]];
      expect(largestDifference(cross, x)).toBeLessThan(1e-12);
    }
  });
});

describe('rotations of features', () => {
  for (const [maxDegree, maxOrder] of [
    [1, 1],
    [4, 2],
    [6, 4],
    [6, 6],
  ]) {
    test(`act on harmonics as frames act on vectors, for degrees to ${maxDegree} and orders to ${maxOrder}`, async () => {
      const { frames, toEdge } = await framesAndRotations(maxDegree, maxOrder);
      const components = edgeComponents(maxDegree, maxOrder);
      const width = (maxDegree + 1) ** 2;
      for (const index of edges.keys()) {
        const vector = randomVector();
        const frame = frames.data.slice(9 * index, 9 * index + 9);
        const before = solidHarmonics(vector, maxDegree);
        const after = solidHarmonics(turned(frame, vector), maxDegree);
        for (const [row, component] of components.entries()) {
          const start = (index * components.length + row) * width;
          const value = before.reduce((sum, harmonic, column) => sum + toEdge.data[start + column] * harmonic, 0);
          const scale = Math.hypot(...vector) ** component.degree;
          expect(Math.abs(value - after[atomIndex(component)])).toBeLessThan(1e-12 * scale);
        }
      }
    });
  }

  test('have finite derivatives for edges along every axis', async () => {
    const vectors = input('vectors', ['edges', 3]);
    const { toEdge } = edgeRotations(edgeFrames(edgeDirections(vectors).directions), 4, 2);
    const factors = Float64Array.from({ length: 19 * 25 }, () => random.normal());
    const sum = reduceSum(multiply(toEdge, constant(factors, [19, 25])));
    const [gradient] = gradients(sum, [vectors]);
    await using session = await createOnnxSession({ sum, gradient }, { precision: 'float64' });
    const results = await session.run(feeds);
    const step = 1e-6;
    for (const index of feeds.vectors.data.keys()) {
      const at = async (shift: number) => {
        const data = feeds.vectors.data.with(index, feeds.vectors.data[index] + shift);
        return (await session.run({ vectors: { ...feeds.vectors, data } })).sum.data[0];
      };
      const difference = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(Math.abs(results.gradient.data[index] - difference)).toBeLessThan(1e-7 * (1 + Math.abs(difference)));
    }
  });

  const path = sharedPath('reference/equiformer_v2/tiny_l4m2/expected.json');
  test.skipIf(path === undefined)('agree with the original (skipped without the shared reference data)', async () => {
    const { structures } = readJson(path ?? '') as unknown as { structures: Record<string, ReferenceRotations> };
    for (const { edges: reference, wigner_first5_edges: expected } of Object.values(structures)) {
      const frames = input('frames', ['edges', 3, 3]);
      const { toEdge } = edgeRotations(frames, 4, 4);
      await using session = await createOnnxSession({ toEdge }, { precision: 'float64' });
      const data = Float64Array.from(reference.rot_mat.slice(0, 5).flat(2));
      const results = await session.run({ frames: { data, shape: [5, 3, 3] } });
      const places = edgeComponents(4, 4).map(atomIndex);
      const ordered = expected.flatMap((matrix) => places.flatMap((place) => matrix[place]));
      expect(largestDifference(results.toEdge.data, ordered)).toBeLessThan(1e-9);
    }
  });
});

interface ReferenceRotations {
  readonly edges: { readonly rot_mat: number[][][] };
  readonly wigner_first5_edges: number[][][];
}
