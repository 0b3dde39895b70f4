import { basename } from 'node:path';
import { kindOf, type ModelConfig } from '../../src/models/kinds.js';
import type { Model } from '../../src/models/model.js';
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
  /** Whether a file that cannot be read is an error. */
  readonly strict?: boolean;
  /** Energies and forces when absent. */
  readonly task?: 'S2EF-Total' | 'IS2RE-Total';
  /** Head of the model to go on with; a new one when absent, which begins as a copy of the head that fits the data best, or in JMP from zero. */
  readonly keepHead?: string;
  /** In few steps from what the model knows, or as in the paper; `short` when absent. */
  readonly recipe?: 'short' | 'jmp';
  /** As in the model when absent. */
  readonly forces?: ModelConfig['forces'];
  readonly out: string;
}

/** @see Shoghi et al., arXiv 2310.16802 (JMP), fine-tuning; batch and rate are those of its range that suit small data sets. */
const jmp = {
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

/** Small batches, and a rate that brings some hundred frames to their end within minutes; wider models bear less of it. */
const short = (channels: number) => ({
  batch: { atoms: 128 },
  learningRate: 1e-3 * Math.min(1, 64 / channels),
  emaDecay: 0.99,
  warmupEpochs: 1,
  decayTo: 0.01,
  energyWeight: 4,
  forceWeight: 10,
  energyReduction: 'per-atom',
  patience: 10,
  epochs: 40,
});

/**
 * The configuration of a fine-tuning: the architecture of the model, one subset, and the settings of the recipe; `overrides` replace any.
 *
 * @throws {LammError} `usage` for an override that does not fit.
 */
export function finetuneConfig(request: FinetuneRequest, overrides: readonly string[]): PretrainConfig {
  const { start, train, validation, test, energyKey, forcesKey, strict, task, keepHead, recipe, out } = request;
  const architecture = kindOf(start.config).settingsOf(start.config);
  const name = keepHead ?? 'default';
  const training = recipe === 'jmp' ? jmp : short(architecture.channels);
  const forces = request.forces ?? architecture.forces;
  const stress = recipe === 'jmp' || forces === 'direct' ? {} : { stressWeight: 1 }; // of data that have some
  const newHead = recipe === 'jmp' ? 'reset' : 'copy';
  const subset = { name, task, train, validation, test, energyKey, forcesKey, strict };
  const config = {
    model: { ...architecture, forces },
    data: { subsets: [{ ...subset, ...(validation === undefined && { validationShare: 0.1 }) }] },
    training: Object.fromEntries(
      Object.entries({ ...training, ...stress }).filter(([key]) => !isReplaced(key, overrides)),
    ),
    from: { model: start.file, heads: keepHead === undefined ? newHead : 'keep' },
    card: { name: basename(out) },
    out,
  };
  return parsePretrainConfig(JSON.stringify(config), { overrides }); // JSON is YAML
}

/** Whether what a recipe counts in epochs is given in steps. */
function isReplaced(key: string, overrides: readonly string[]): boolean {
  const inSteps = key === 'epochs' ? 'steps' : key.replace(/Epochs$/, 'Steps');
  return inSteps !== key && overrides.some((override) => override.startsWith(`training.${inSteps}=`));
}
