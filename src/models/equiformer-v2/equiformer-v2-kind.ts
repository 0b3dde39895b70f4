import type { ModelKind } from '../kind.js';
import { firstRepulsion } from '../repulsion.js';
import {
  type EquiformerV2Config,
  type EquiformerV2Settings,
  equiformerV2Schema,
  equiformerV2Settings,
} from './config.js';
import { edgeBlockSize } from './equiformer-v2-edges.js';
import { equiformerV2Layout } from './equiformer-v2-parameters.js';
import { limitNeighbors } from './neighbors.js';
import { equiformerV2Network } from './network.js';
import { equiformerV2Part } from './parts.js';

/** EquiformerV2, of which LaMM-L is one. */
export const equiformerV2: ModelKind<EquiformerV2Config, EquiformerV2Settings> = {
  schema: equiformerV2Schema,
  settings: equiformerV2Settings,
  settingsOf: ({ gridDegree = null, ...config }) =>
    equiformerV2Settings.strip().parse({ ...firstRepulsion, ...config, gridDegree }),
  configure: (settings, { heads }) => ({ ...settings, heads }),
  layout: equiformerV2Layout,
  partOf: equiformerV2Part,
  edges: (list, { maxNeighbors, strictNeighbors }) =>
    maxNeighbors === null ? list : limitNeighbors(list, { maxNeighbors, strict: strictNeighbors }),
  blockSize: edgeBlockSize,
  network: (config, weights, nodes) => equiformerV2Network(config, weights, nodes),
};
