import type { FusedKind } from '../../kind.js';
import type { PainnConfig } from '../config.js';
import { tabulateFilters } from './filter-tables.js';

/** PaiNN in kernels of its own. */
export const fusedPainn: FusedKind<PainnConfig> = {
  refusal({ smooth, maxNeighbors, channels, stressHead }) {
    if (!smooth) return 'whose messages do not vanish smoothly at the cutoff';
    if (maxNeighbors !== null) return 'with a limit on the number of neighbours';
    if (channels % 4 !== 0) return `of ${channels} channels, which is no multiple of 4`;
    if (stressHead) return 'with a head for the stress';
    return undefined;
  },
  tableErrors({ config, parameters }) {
    const { basis, layers } = tabulateFilters(config, parameters);
    return {
      intervals: basis.intervals,
      valueError: Math.max(...layers.map(({ valueError }) => valueError)),
      slopeError: Math.max(...layers.map(({ slopeError }) => slopeError)),
    };
  },
  async open(source, options) {
    const { createFusedEvaluator } = await import('./fused-evaluator.js');
    return createFusedEvaluator(source, options);
  },
};
