import { LammError } from '../errors.js';
import { engineNames, type RuntimeOptions } from '../runtime/session.js';
import type { Evaluator } from './evaluator.js';
import { createGraphEvaluator } from './graph-evaluator.js';
import type { TableErrors } from './kind.js';
import { kindOf, type ModelConfig } from './kinds.js';
import type { Model } from './model.js';

/** What computes a model: its tensor graph in ONNX Runtime or TensorFlow.js, or kernels made for its kind. */
export const modelEngineNames = [...engineNames, 'fused'] as const;
export type ModelEngine = (typeof modelEngineNames)[number];

/** How a model is computed; without an engine, kernels do it where they can, else ONNX Runtime. */
export interface EvaluatorOptions extends Omit<RuntimeOptions, 'engine'> {
  readonly engine?: ModelEngine;
  /** Whether evaluations come with the last features of the atoms. */
  readonly features?: boolean;
}

/**
 * Makes one head of a model ready for graphs.
 *
 * @throws {LammError} `engine` when the engine that was asked for does not take this model or cannot run it here.
 */
export async function openEvaluator(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  head: number,
  { engine, features, ...runtime }: EvaluatorOptions = {},
): Promise<Evaluator> {
  const model = { config, parameters };
  const { fused } = kindOf(config);
  const refusal = refusalOf(config) ?? needOf(runtime);
  if (engine !== 'fused' && engine !== undefined) {
    return createGraphEvaluator(model, { head, features }, { ...runtime, engine });
  }
  if (fused !== undefined && refusal === undefined) {
    const opening = fused.open({ ...model, head }, { threads: runtime.threads, features });
    return engine === 'fused' ? opening : opening.catch((error) => openInstead(error));
  }
  if (engine === undefined) return createGraphEvaluator(model, { head, features }, runtime);
  const message = `the engine fused takes no model ${refusal}; the engine onnx does`;
  throw new LammError('engine', message, { quantity: 'engine', expected: 'onnx', actual: 'fused' });

  async function openInstead(error: unknown): Promise<Evaluator> {
    if (!(error instanceof LammError)) throw error;
    const evaluator = await createGraphEvaluator(model, { head, features }, runtime);
    return { ...evaluator, notices: [`${error.message}, and is taken`, ...evaluator.notices] };
  }
}

/** Whether kernels compute a model with these options, unless they cannot run here. */
export function isFused(
  { config }: Pick<Model, 'config'>,
  { engine, features: _, ...runtime }: EvaluatorOptions,
): boolean {
  if (engine !== 'fused' && engine !== undefined) return false;
  return kindOf(config).fused !== undefined && (refusalOf(config) ?? needOf(runtime)) === undefined;
}

/** The options of an evaluator as a tensor graph of its model takes them, whatever computes its energies. */
export function graphRuntime({ engine, features: _, ...runtime }: EvaluatorOptions): RuntimeOptions {
  return engine === undefined || engine === 'fused' ? runtime : { ...runtime, engine };
}

/** The engine that computes a model on the CPU unless another is asked for: kernels with their tables, or why not. */
export type EngineChoice =
  | ({ readonly engine: 'fused' } & TableErrors)
  | { readonly engine: 'onnx'; readonly reason: string };

export function describeEngine({ config, parameters }: Pick<Model, 'config' | 'parameters'>): EngineChoice {
  const { fused } = kindOf(config);
  const refusal = refusalOf(config);
  if (fused === undefined || refusal !== undefined) {
    return { engine: 'onnx', reason: `the engine fused takes no model ${refusal}` };
  }
  try {
    return { engine: 'fused', ...fused.tableErrors({ config, parameters }) };
  } catch (error) {
    if (error instanceof LammError) return { engine: 'onnx', reason: error.message };
    throw error;
  }
}

function refusalOf(config: ModelConfig): string | undefined {
  const { fused } = kindOf(config);
  return fused === undefined ? `of the kind ${config.kind}` : fused.refusal(config);
}

/** What is asked of an engine that only one of tensor graphs has. */
function needOf({ device = 'cpu', precision = 'float32', worker }: RuntimeOptions): string | undefined {
  if (device !== 'cpu') return `to the device ${device}`;
  if (precision !== 'float32') return `in ${precision}`;
  return worker ? 'into a thread of its own' : undefined;
}
