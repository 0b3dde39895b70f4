import { LammError } from '../../errors.js';
import type { ModelPart } from '../kind.js';

const shared: ModelPart = { kind: 'head', ownRows: false };

const lastLayers: Readonly<Record<string, ModelPart>> = {
  'energy_block.so3_linear_2.weight': { kind: 'head', ownRows: true, scales: 'energy' },
  'energy_block.so3_linear_2.bias': { kind: 'head', ownRows: true, scales: 'energy' },
  'force_block.proj.weight': { kind: 'head', ownRows: true, scales: 'forces' },
  'force_block.proj.bias': { kind: 'head', ownRows: true, scales: 'forces' },
  'stress_head.block.scalar_MLP.2.weight': { kind: 'head', ownRows: true, scales: 'isotropic stress' },
  'stress_head.block.scalar_MLP.2.bias': { kind: 'head', ownRows: true, scales: 'isotropic stress' },
  'stress_head.block.irrep2_MLP.2.weight': { kind: 'head', ownRows: true, scales: 'anisotropic stress' },
  'stress_head.block.irrep2_MLP.2.bias': { kind: 'head', ownRows: true, scales: 'anisotropic stress' },
};

/** The part of an EquiformerV2 model that a parameter belongs to. */
export function equiformerV2Part(name: string): ModelPart {
  if (name in lastLayers) return lastLayers[name];
  if (/^(energy_block|force_block|stress_head)\./.test(name)) return shared;
  if (/(^|\.)(sphere|source|target)_embedding\.weight$/.test(name)) return { kind: 'embedding', firstElement: 0 };
  if (name.startsWith('edge_degree_embedding.')) return { kind: 'block', index: 0 };
  if (name.startsWith('norm.')) return { kind: 'block', index: 'last' };
  const layer = /^blocks\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) return { kind: 'block', index: Number(layer) };
  throw new LammError('graph', `expected the name of a parameter of EquiformerV2, found "${name}"`);
}
