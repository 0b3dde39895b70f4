import type { Model } from '../../src/models/model.js';
import type { ModelConfig } from '../../src/models/network.js';
import { type PretrainConfig, parsePretrainConfig } from './pretrain-config.js';

export interface FinetuneRequest {
  /** Model to start from. */
  readonly start: { readonly file: string } & Pick<Model, 'config'>;
  /** Files. */
  readonly train: readonly string[];
  /** A tenth of the training frames when absent. */
  readonly validation?: readonly string[];
  readonly test?: readonly string[];
  readonly energyKey?: string;
  readonly forcesKey?: string;
  /** Head of the model to go on with; a new one when absent. */
  readonly keepHead?: string;
  /** As in the model when absent. */
  readonly forces?: ModelConfig['forces'];
  readonly out: string;
}

/** @see Shoghi et al., arXiv 2310.16802 (JMP), fine-tuning; batch and rate are those of its range that suit small data sets. */
const training = {
  batch: { structures: 8 },
  learningRate: 1e-4,
  weightDecay: 0.1,
  clipNorm: 1,
  emaDecay: 0.99,
  schedule: 'cosine-plateau',
  warmupEpochs: 5,
  warmupFrom: 0.1,
  cosineEpochs: 32,
  decayTo: 0.1,
  plateau: { factor: 0.8, patience: 3 },
  layerDecay: {},
  patience: 50,
  epochs: 500,
};

/**
 * The configuration of a fine-tuning: the architecture of the model, one subset, and the settings of the paper; `overrides` replace any.
 *
 * @throws {LammError} `usage` for an override that does not fit.
 */
export function finetuneConfig(request: FinetuneRequest, overrides: readonly string[]): PretrainConfig {
  const { start, train, validation, test, energyKey, forcesKey, keepHead, out } = request;
  const { maxNeighbors: _, scaleFactors: __, heads: ___, ...architecture } = start.config; // not for a configuration to say
  const name = keepHead ?? 'default';
  const subset = { name, train, validation, test, energyKey, forcesKey };
  const config = {
    model: { ...architecture, forces: request.forces ?? architecture.forces },
    data: { subsets: [{ ...subset, ...(validation === undefined && { validationShare: 0.1 }) }] },
    training: Object.fromEntries(Object.entries(training).filter(([key]) => !isReplaced(key, overrides))),
    from: { model: start.file, heads: keepHead === undefined ? 'reset' : 'keep' },
    out,
  };
  return parsePretrainConfig(JSON.stringify(config), { overrides }); // JSON is YAML
}

/** Whether what the paper counts in epochs is given in steps. */
function isReplaced(key: string, overrides: readonly string[]): boolean {
  const inSteps = key === 'epochs' ? 'steps' : key.replace(/Epochs$/, 'Steps');
  return inSteps !== key && overrides.some((override) => override.startsWith(`training.${inSteps}=`));
}
