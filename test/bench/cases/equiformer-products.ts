import { atomComponents, edgeComponents } from '../../../src/models/equiformer-v2/components.js';
import type { EquiformerV2Config } from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2Constants } from '../../../src/models/equiformer-v2/network.js';
import type { MatrixProduct } from './matrix-products.js';

interface Sizes {
  readonly atomCount: number;
  readonly edgeCount: number;
}

/**
 * The matrix products that EquiformerV2 with direct forces needs, those of the force head counted as those of a layer.
 * The rotations, a small product of its own for every edge, are left out.
 */
export function equiformerProducts(config: EquiformerV2Config, { atomCount, edgeCount }: Sizes): MatrixProduct[] {
  const { channels, layers, maxDegree, maxOrder, attentionHeads, attentionHidden: hidden } = config;
  const { edgeGrid, atomGrid } = equiformerV2Constants(config);
  const edges = (inner: number, columns: number, count = layers + 1) => ({ rows: edgeCount, inner, columns, count });
  const [atomRows, edgeRows] = [atomComponents(maxDegree).length, edgeComponents(maxDegree, maxOrder).length];
  const values = attentionHeads * config.valueChannels;
  const scalars = attentionHeads * config.alphaChannels + hidden;
  const degrees = Array.from({ length: maxOrder + 1 }, (_, order) => maxDegree + 1 - order);
  const convolution = (inputs: number, outputs: number, extras: number) =>
    degrees.map((count, order) =>
      order === 0 ? edges(count * inputs, count * outputs + extras) : edges(2 * count * inputs, 2 * count * outputs),
    );
  const toGrid = (grid: { readonly pointCount: number }, components: number, columns: number, count: number) => [
    { rows: grid.pointCount, inner: components, columns, count },
    { rows: components - 1, inner: grid.pointCount, columns, count },
  ];
  const radial = (outputs: number, count?: number) => [
    edges(config.edgeChannels, config.edgeChannels, count),
    edges(config.edgeChannels, outputs, count),
  ];
  const atoms = (inner: number, columns: number) => ({ rows: atomRows * atomCount, inner, columns, count: layers });
  const { feedForwardHidden: width } = config;
  const points = { rows: atomGrid.pointCount * atomCount, inner: width, columns: width, count: 3 * layers };
  return [
    edges(config.basisSize, config.edgeChannels, layers + 2),
    ...radial(degrees.reduce((sum, count) => sum + count, 0) * 2 * channels),
    ...radial(degrees[0] * channels, 1),
    ...convolution(2 * channels, hidden, scalars),
    ...toGrid(edgeGrid, edgeRows, edgeCount * hidden, layers + 1),
    ...convolution(hidden, values, 0),
    ...[atoms(values, channels), atoms(channels, width), atoms(width, channels)],
    ...toGrid(atomGrid, atomRows, atomCount * width, layers),
    ...(config.gridMlp ? [points] : []),
  ];
}
