import { layoutOf, type ParameterLayout, type ParameterSpec } from '../parameters.js';
import type { PainnConfig } from './config.js';

/** Names, shapes and order of the parameters of a PaiNN model; names are those of FAIR-Chem checkpoints. */
export function painnLayout(config: PainnConfig): ParameterLayout {
  const { channels: h, heads } = config;
  const layers = Array.from({ length: config.layers }, (_, index) => index);
  return layoutOf([
    {
      name: 'atom_emb.embeddings.weight',
      shape: [config.elementCount, h],
      initializer: { uniform: Math.sqrt(3) },
      decay: false,
    },
    ...layers.flatMap((layer) => messageSpecs(`message_layers.${layer}`, config)),
    ...layers.flatMap((layer) => updateSpecs(`update_layers.${layer}`, h)),
    ...linear('out_energy.0', [h / 2, h]),
    ...linear('out_energy.2', [heads.length, h / 2]),
    ...(config.forces === 'direct'
      ? [
          ...gatedSpecs('out_forces.output_network.0', { inputs: h, outputs: h / 2 }),
          ...gatedSpecs('out_forces.output_network.1', { inputs: h / 2, outputs: heads.length }),
        ]
      : []),
    ...(config.stressHead ? stressSpecs('out_stress', config) : []),
  ]);
}

function messageSpecs(name: string, { channels: h, basisSize }: PainnConfig): ParameterSpec[] {
  return [
    ...linear(`${name}.x_proj.0`, [h, h]),
    ...linear(`${name}.x_proj.2`, [3 * h, h]),
    ...linear(`${name}.rbf_proj`, [3 * h, basisSize]),
    { name: `${name}.x_layernorm.weight`, shape: [h], initializer: { value: 1 }, decay: false },
    { name: `${name}.x_layernorm.bias`, shape: [h], initializer: { value: 0 }, decay: false },
  ];
}

function updateSpecs(name: string, h: number): ParameterSpec[] {
  return [
    weight(`${name}.vec_proj.weight`, [2 * h, h]),
    ...linear(`${name}.xvec_proj.0`, [h, 2 * h]),
    ...linear(`${name}.xvec_proj.2`, [3 * h, h]),
  ];
}

function gatedSpecs(
  name: string,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): ParameterSpec[] {
  return [
    weight(`${name}.vec1_proj.weight`, [inputs, inputs]),
    weight(`${name}.vec2_proj.weight`, [outputs, inputs]),
    ...linear(`${name}.update_net.0`, [inputs, 2 * inputs]),
    ...linear(`${name}.update_net.2`, [2 * outputs, inputs]),
  ];
}

function stressSpecs(name: string, { channels: h, heads }: PainnConfig): ParameterSpec[] {
  return [
    weight(`${name}.vec1_proj.weight`, [h / 2, h]),
    weight(`${name}.vec2_proj.weight`, [h / 2, h]),
    ...linear(`${name}.update_net.0`, [h / 2, h + h / 2]),
    ...linear(`${name}.gates`, [h / 2, h / 2]),
    ...linear(`${name}.isotropic`, [heads.length, h / 2]),
    weight(`${name}.anisotropic.weight`, [heads.length, h / 2]),
  ];
}

function weight(name: string, shape: readonly [outputs: number, inputs: number]): ParameterSpec {
  return { name, shape, initializer: 'glorot', decay: true };
}

function linear(name: string, shape: readonly [outputs: number, inputs: number]): ParameterSpec[] {
  return [
    weight(`${name}.weight`, shape),
    { name: `${name}.bias`, shape: [shape[0]], initializer: { value: 0 }, decay: false },
  ];
}
