import { z } from 'zod';
import type { EquiformerV2Config, EquiformerV2Settings } from './equiformer-v2/config.js';
import { equiformerV2 } from './equiformer-v2/equiformer-v2-kind.js';
import type { GraphNodes } from './graph-nodes.js';
import type { ModelKind, ModelPart, NetworkOutputs } from './kind.js';
import type { PainnConfig, PainnSettings } from './painn/config.js';
import { painn } from './painn/painn-kind.js';
import type { ParameterLayout, WeightSource } from './parameters.js';

/** Everything that fixes the shape of a model; one more kind is one more member. */
export type ModelConfig = PainnConfig | EquiformerV2Config;

/** What a training may say of its model. */
export type ModelSettings = PainnSettings | EquiformerV2Settings;

/** Every kind of model, by the name that model files and trainings give it. */
export const kinds = { painn, 'equiformer-v2': equiformerV2 } satisfies Record<ModelConfig['kind'], object>;

const [first, ...others] = Object.values(kinds);
const names = Object.keys(kinds).join(', ');
const unknownKind: z.core.$ZodErrorMap = ({ code }) =>
  code === 'invalid_union' ? `expected one of the kinds ${names}` : undefined;

/** The description of a model of any kind, as a model file holds it. */
export const modelSchema = z.discriminatedUnion('kind', [first.schema, ...others.map(({ schema }) => schema)], {
  error: unknownKind,
});

/** What a training may say of a model of any kind. */
export const modelSettingsSchema = z.discriminatedUnion(
  'kind',
  [first.settings, ...others.map(({ settings }) => settings)],
  { error: unknownKind },
);

/** The kind of a model. */
export function kindOf({ kind }: Pick<ModelConfig, 'kind'>): ModelKind<ModelConfig, ModelSettings> {
  return kinds[kind];
}

/** Whether a model of a configuration says the stress of periodic structures. */
export function givesStress(config: ModelConfig): boolean {
  return config.forces === 'conservative' || config.stressHead === true;
}

/** Names, shapes and order of the trainable parameters. */
export function layoutFor(config: ModelConfig): ParameterLayout {
  return kindOf(config).layout(config);
}

/** The part of a model that a parameter belongs to. */
export function partOf(config: ModelConfig, parameterName: string): ModelPart {
  return kindOf(config).partOf(parameterName);
}

/** Builds the network of a model on the nodes of a graph. */
export function buildNetwork(config: ModelConfig, weights: WeightSource, nodes: GraphNodes): NetworkOutputs {
  return kindOf(config).network(config, weights, nodes);
}
