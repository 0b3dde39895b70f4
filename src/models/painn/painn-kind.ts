import type { ModelKind } from '../kind.js';
import { firstRepulsion } from '../repulsion.js';
import { type PainnConfig, type PainnSettings, painnSchema, painnSettings } from './config.js';
import { fusedPainn } from './fused/kind.js';
import { painnNetwork } from './network.js';
import { limitNeighbors } from './painn-edges.js';
import { painnLayout } from './painn-parameters.js';
import { painnPart } from './parts.js';

/** PaiNN, of which LaMM-S is one. */
export const painn: ModelKind<PainnConfig, PainnSettings> = {
  schema: painnSchema,
  settings: painnSettings,
  settingsOf: (config) => painnSettings.strip().parse({ ...firstRepulsion, ...config }),
  configure: (settings, { heads, from }) => ({
    ...settings,
    maxNeighbors: null,
    heads,
    scaleFactors: from?.scaleFactors ?? new Array<number>(settings.layers).fill(1),
  }),
  layout: painnLayout,
  partOf: painnPart,
  edges: (list, { maxNeighbors }) => (maxNeighbors === null ? list : limitNeighbors(list, maxNeighbors)),
  network: painnNetwork,
  edgesVanish: ({ smooth, maxNeighbors }) => smooth && maxNeighbors === null,
  fused: fusedPainn,
};
