import { LammError } from '../../errors.js';
import type { ModelPart } from '../kind.js';

const lastLayers: Readonly<Record<string, ModelPart>> = {
  'out_energy.2.weight': { kind: 'head', ownRows: true, scales: 'energy' },
  'out_energy.2.bias': { kind: 'head', ownRows: true, scales: 'energy' },
  'out_forces.output_network.1.vec2_proj.weight': { kind: 'head', ownRows: true, scales: 'forces' },
  'out_forces.output_network.1.update_net.2.weight': { kind: 'head', ownRows: true },
  'out_forces.output_network.1.update_net.2.bias': { kind: 'head', ownRows: true },
  'out_stress.isotropic.weight': { kind: 'head', ownRows: true, scales: 'isotropic stress' },
  'out_stress.isotropic.bias': { kind: 'head', ownRows: true, scales: 'isotropic stress' },
  'out_stress.anisotropic.weight': { kind: 'head', ownRows: true, scales: 'anisotropic stress' },
};

/** The part of a PaiNN model that a parameter belongs to. */
export function painnPart(name: string): ModelPart {
  if (name in lastLayers) return lastLayers[name];
  if (/^out_(energy|forces|stress)\./.test(name)) return { kind: 'head', ownRows: false };
  if (name.startsWith('atom_emb.')) return { kind: 'embedding', firstElement: 1 };
  const layer = /^(?:message|update)_layers\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) return { kind: 'block', index: Number(layer) };
  throw new LammError('graph', `expected the name of a parameter of PaiNN, found "${name}"`);
}
