import { layoutFor } from '../../src/models/kinds.js';
import type { Model } from '../../src/models/model.js';
import { lammSConfig, type PainnConfig } from '../../src/models/painn/config.js';
import { initializeParameters } from '../../src/models/parameters.js';
import { createRandom } from '../../src/random.js';

/** A small smooth PaiNN with weights by chance, for copper and oxygen. */
export function tinyPainn(changes: Partial<PainnConfig> = {}): Model & { readonly config: PainnConfig } {
  const config: PainnConfig = {
    ...lammSConfig,
    channels: 8,
    layers: 2,
    basisSize: 6,
    cutoff: 4,
    maxNeighbors: null,
    elementCount: 29,
    smooth: true,
    forces: 'conservative',
    repulsion: 'zbl',
    scaleFactors: [1, 1],
    ...changes,
  };
  return {
    config,
    parameters: initializeParameters(layoutFor(config), createRandom(5)),
    heads: [{ name: 'default', energyScale: 0.7, forceScale: 1, referenceEnergies: { Cu: -3.5, O: -4.25 } }],
    card: { name: 'tiny', license: 'MIT', trainingData: ['made up'], notes: [] },
  };
}
