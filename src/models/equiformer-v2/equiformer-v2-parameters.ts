import { type Initializer, layoutOf, type ParameterLayout, type ParameterSpec } from '../parameters.js';
import { degreesUpTo } from './components.js';
import type { EquiformerV2Config } from './config.js';

/**
 * Names, shapes and order of the parameters of an EquiformerV2 model; names are those of FAIR-Chem checkpoints.
 *
 * Some have no influence, because only scalars are read of the energy head and only vectors of the force head;
 * checkpoints have them.
 */
export function equiformerV2Layout(config: EquiformerV2Config): ParameterLayout {
  const { channels, maxDegree, layers, heads, forces } = config;
  const edgeDegree = 'edge_degree_embedding';
  return layoutOf([
    table('sphere_embedding', config, { width: channels, bound: Math.sqrt(3) }),
    ...elementTables(edgeDegree, config),
    ...radialSpecs(`${edgeDegree}.rad_func.net`, config, (maxDegree + 1) * channels),
    ...Array.from({ length: layers }, (_, index) => blockSpecs(`blocks.${index}`, config)).flat(),
    ...normSpecs('norm', config, channels),
    ...feedForwardSpecs('energy_block', config, heads.length),
    ...(forces === 'direct' ? attentionSpecs('force_block', config, heads.length) : []),
    ...(config.stressHead ? stressSpecs('stress_head', config) : []),
  ]);
}

function blockSpecs(name: string, config: EquiformerV2Config): ParameterSpec[] {
  const { channels } = config;
  return [
    ...normSpecs(`${name}.norm_1`, config, channels),
    ...attentionSpecs(`${name}.ga`, config, channels),
    ...normSpecs(`${name}.norm_2`, config, channels),
    ...feedForwardSpecs(`${name}.ffn`, config, channels),
  ];
}

function attentionSpecs(name: string, config: EquiformerV2Config, outputs: number): ParameterSpec[] {
  const { maxDegree, attentionHeads, alphaChannels, attentionHidden, valueChannels, channels } = config;
  const values = attentionHeads * valueChannels;
  const inputs = 2 * channels;
  const componentCount = ordersUpTo(config).reduce((sum, order) => sum + maxDegree + 1 - order, maxDegree + 1);
  const extras = attentionHeads * alphaChannels + attentionHidden;
  return [
    weight(`${name}.alpha_dot`, [attentionHeads, alphaChannels], { uniform: 1 / Math.sqrt(alphaChannels) }),
    ...elementTables(name, config),
    ...convolutionSpecs(`${name}.so2_conv_1`, config, { inputs, outputs: attentionHidden, extras }),
    ...radialSpecs(`${name}.so2_conv_1.rad_func.net`, config, componentCount * inputs),
    ...layerNormSpecs(`${name}.alpha_norm`, alphaChannels),
    ...convolutionSpecs(`${name}.so2_conv_2`, config, { inputs: attentionHidden, outputs: values, extras: 0 }),
    ...sphereLinearSpecs(`${name}.proj`, maxDegree, [outputs, values]),
  ];
}

function convolutionSpecs(
  name: string,
  config: EquiformerV2Config,
  { inputs, outputs, extras }: { readonly inputs: number; readonly outputs: number; readonly extras: number },
): ParameterSpec[] {
  const degrees = config.maxDegree + 1;
  return [
    ...linear(`${name}.fc_m0`, [degrees * outputs + extras, degrees * inputs]),
    ...ordersUpTo(config).map((order) => {
      const count = degrees - order;
      const fanIn = count * inputs;
      // The two halves of a complex product add up, hence half the variance.
      const initializer = { uniform: Math.sqrt(1.5 / fanIn) };
      return weight(`${name}.so2_m_conv.${order - 1}.fc.weight`, [2 * count * outputs, fanIn], initializer);
    }),
  ];
}

function feedForwardSpecs(name: string, config: EquiformerV2Config, outputs: number): ParameterSpec[] {
  const { maxDegree, channels, feedForwardHidden: hidden, gridMlp } = config;
  const grid = (index: number) =>
    weight(`${name}.grid_mlp.${index}.weight`, [hidden, hidden], { uniform: Math.sqrt(3 / hidden) });
  return [
    ...sphereLinearSpecs(`${name}.so3_linear_1`, maxDegree, [hidden, channels]),
    ...linear(`${name}.${gridMlp ? 'scalar_mlp.0' : 'gating_linear'}`, [hidden, channels]),
    ...(gridMlp ? [0, 2, 4].map(grid) : []),
    ...sphereLinearSpecs(`${name}.so3_linear_2`, maxDegree, [outputs, hidden]),
  ];
}

function normSpecs(name: string, { maxDegree, norm }: EquiformerV2Config, channels: number): ParameterSpec[] {
  const apart = norm === 'layer_norm_sh';
  const affine = constantSpec(`${name}.affine_weight`, [apart ? maxDegree : maxDegree + 1, channels], 1);
  return apart
    ? [affine, ...layerNormSpecs(`${name}.norm_l0`, channels)]
    : [affine, constantSpec(`${name}.affine_bias`, [channels], 0)];
}

function stressSpecs(name: string, config: EquiformerV2Config): ParameterSpec[] {
  const width = 2 * config.channels;
  const outputs = config.heads.length;
  return [
    ...normSpecs(`${name}.sphharm_norm`, config, 1),
    ...layerNormSpecs(`${name}.xedge_layer_norm`, width),
    ...['scalar_MLP', 'irrep2_MLP'].flatMap((block) => [
      ...linear(`${name}.block.${block}.0`, [width, width]),
      ...linear(`${name}.block.${block}.2`, [outputs, width]),
    ]),
  ];
}

function radialSpecs(name: string, { basisSize, edgeChannels }: EquiformerV2Config, outputs: number): ParameterSpec[] {
  const widths = [basisSize + 2 * edgeChannels, edgeChannels, edgeChannels, outputs];
  return [0, 1, 2].flatMap((index) => [
    ...linear(`${name}.${3 * index}`, [widths[index + 1], widths[index]]),
    ...(index < 2 ? layerNormSpecs(`${name}.${3 * index + 1}`, edgeChannels) : []),
  ]);
}

/** Tables of elements at both ends of an edge. */
function elementTables(name: string, config: EquiformerV2Config): ParameterSpec[] {
  return ['source_embedding', 'target_embedding'].map((part) =>
    table(`${name}.${part}`, config, { width: config.edgeChannels, bound: 0.001 }),
  );
}

/** One row an atomic number, row 0 unused. */
function table(
  name: string,
  { elementCount }: EquiformerV2Config,
  { width, bound }: { readonly width: number; readonly bound: number },
): ParameterSpec {
  return { name: `${name}.weight`, shape: [elementCount + 1, width], initializer: { uniform: bound }, decay: false };
}

function sphereLinearSpecs(
  name: string,
  maxDegree: number,
  [outputs, inputs]: readonly [number, number],
): ParameterSpec[] {
  return [
    weight(`${name}.weight`, [maxDegree + 1, outputs, inputs], { uniform: Math.sqrt(3 / inputs) }),
    constantSpec(`${name}.bias`, [outputs], 0),
  ];
}

function layerNormSpecs(name: string, width: number): ParameterSpec[] {
  return [constantSpec(`${name}.weight`, [width], 1), constantSpec(`${name}.bias`, [width], 0)];
}

function linear(name: string, [outputs, inputs]: readonly [number, number]): ParameterSpec[] {
  return [
    weight(`${name}.weight`, [outputs, inputs], { uniform: Math.sqrt(3 / inputs) }),
    constantSpec(`${name}.bias`, [outputs], 0),
  ];
}

function weight(name: string, shape: readonly number[], initializer: Initializer): ParameterSpec {
  return { name, shape, initializer, decay: true };
}

function constantSpec(name: string, shape: readonly number[], value: number): ParameterSpec {
  return { name, shape, initializer: { value }, decay: false };
}

/** 1 to M. */
function ordersUpTo({ maxOrder }: EquiformerV2Config): number[] {
  return degreesUpTo(maxOrder).slice(1);
}
