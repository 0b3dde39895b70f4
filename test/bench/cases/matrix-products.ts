import type { PainnConfig } from '../../../src/models/painn/config.js';
import { openSession } from '../../../src/runtime/open-session.js';
import type { RuntimeOptions } from '../../../src/runtime/session.js';
import { input, matMul, slice } from '../../../src/tensor/operations.js';
import { median } from '../comparison.js';

/** [rows x inner] times [inner x columns], `count` times; `transposed` when the first is stored as [inner x rows]. */
export interface MatrixProduct {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly count: number;
  readonly transposed?: boolean;
}

interface Sizes {
  readonly atomCount: number;
  readonly edgeCount: number;
}

/** The matrix products that PaiNN with direct forces needs, every filter of every directed edge computed. */
export function inferenceProducts(
  { channels: h, basisSize, layers, heads }: PainnConfig,
  { atomCount, edgeCount }: Sizes,
): MatrixProduct[] {
  const nodes = (inner: number, columns: number, count = layers): MatrixProduct => ({
    rows: atomCount,
    inner,
    columns,
    count,
  });
  const vectors = (inner: number, columns: number, count = 1): MatrixProduct => ({
    rows: 3 * atomCount,
    inner,
    columns,
    count,
  });
  return [
    { rows: edgeCount, inner: basisSize, columns: 3 * h, count: layers },
    nodes(h, h),
    nodes(h, 3 * h, 2 * layers),
    nodes(2 * h, h, layers + 1),
    vectors(h, 2 * h, layers),
    vectors(h, h),
    vectors(h, h / 2),
    nodes(h, h, 1),
    nodes(h, h / 2, 1),
    nodes(h / 2, heads.length, 1),
  ];
}

/** Those of a training step: each product again for both its gradients, but no gradient of the radial basis. */
export function trainingProducts(config: PainnConfig, sizes: Sizes): MatrixProduct[] {
  return withGradients(inferenceProducts(config, sizes));
}

/** Products with those of their gradients; the first operand of the first is fixed and has none. */
export function withGradients(forward: readonly MatrixProduct[]): MatrixProduct[] {
  const weights = forward.map(({ rows, inner, columns, count }) => ({
    rows: columns,
    inner: rows,
    columns: inner,
    count,
    transposed: true,
  }));
  const inputs = forward
    .slice(1)
    .map(({ rows, inner, columns, count }) => ({ rows, inner: columns, columns: inner, count }));
  return [...forward, ...weights, ...inputs];
}

/** Time of the products alone in the same engine, in ms, and their rate. */
export async function productTime(
  products: readonly MatrixProduct[],
  runtime: RuntimeOptions,
): Promise<{ ms: number; gflops: number }> {
  let ms = 0;
  let operations = 0;
  for (const product of products) {
    ms += product.count * (await timeOf(product, runtime));
    operations += 2 * product.count * product.rows * product.inner * product.columns;
  }
  return { ms, gflops: operations / ms / 1e6 };
}

// Only one row is an output, so that no time goes into fresh memory for results.
async function timeOf(
  { rows, inner, columns, transposed = false }: MatrixProduct,
  runtime: RuntimeOptions,
): Promise<number> {
  const shapes = { a: transposed ? [inner, rows] : [rows, inner], b: [inner, columns] };
  const product = matMul(input('a', shapes.a), input('b', shapes.b), { transposeA: transposed });
  await using session = await openSession({ row: slice(product, 0, 0, 1) }, runtime);
  const filled = (shape: readonly number[]) => ({ data: new Float32Array(shape[0] * shape[1]).fill(0.5), shape });
  const feeds = { a: filled(shapes.a), b: filled(shapes.b) };
  const samples: number[] = [];
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    await session.run(feeds);
    samples.push(performance.now() - start);
  }
  return median(samples.slice(2));
}
