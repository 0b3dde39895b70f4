import { basename } from 'node:path';
import { z } from 'zod';
import { commonFields } from '../../src/models/kind.js';
import { kindOf } from '../../src/models/kinds.js';
import type { Model } from '../../src/models/model.js';
import { listedText, setting } from '../../src/settings/setting.js';
import { taskSchema } from './data-config.js';
import { createPretrainConfig, type PretrainConfig, type PretrainSettings } from './pretrain-config.js';

const files = z.array(z.string());
const filesForm = { form: 'files...', parse: listedText };
const name = z.string().optional();

/** What a fine-tuning learns from, and how. */
export const finetuneSettings = z.strictObject({
  data: setting(files.min(1).readonly(), {
    ...filesForm,
    help: 'structures with labels to train on, or folders of such files',
    expected: 'files of structures with labels',
  }),
  validation: setting(files.readonly().optional(), {
    ...filesForm,
    help: 'structures to choose the best model by',
    otherwise: 'a tenth of the data',
  }),
  test: setting(files.readonly().optional(), { ...filesForm, help: 'structures to measure the final model on' }),
  energyKey: setting(name, { form: 'name', help: 'name of the energy in the files' }),
  forcesKey: setting(name, { form: 'name', help: 'name of the forces in the files' }),
  strict: setting(z.boolean().default(false), {
    help: 'refuse everything when one of several files cannot be read, instead of skipping it',
  }),
  task: setting(taskSchema.extract(['S2EF-Total', 'IS2RE-Total']).optional(), {
    form: 'task',
    help: 'S2EF-Total: energies and forces; IS2RE-Total: energies alone',
    otherwise: 'S2EF-Total',
  }),
  keepHead: setting(name, {
    form: 'name',
    help: 'go on with this head of the model and its reference energies',
    otherwise: 'a new one, a copy of that which fits the data best',
  }),
  /** In few steps from what the model knows, or as in the paper. */
  recipe: setting(z.enum(['short', 'jmp']).default('short'), {
    form: 'name',
    help: 'short: some minutes for some hundred structures; jmp: as Shoghi et al., with a head that begins from zero, slow layers and up to 500 epochs',
  }),
  forces: setting(commonFields.forces.optional(), {
    form: 'kind',
    help: 'how forces come about',
    otherwise: 'as in the model',
  }),
});

export interface FinetuneRequest extends Readonly<z.input<typeof finetuneSettings>> {
  /** Model to start from. */
  readonly start: { readonly file: string } & Pick<Model, 'config'>;
  readonly out: string;
}

type Recipe = PretrainSettings['training'];

/**
 * @see Shoghi et al., arXiv 2310.16802 (JMP), fine-tuning; batch and rate are those of its range that suit small data
 * sets.
 */
const jmp = {
  batch: { structures: 8 },
  learningRate: 1e-4,
  weightDecay: 0.1,
  clipNorm: 1,
  emaDecay: 0.99,
  schedule: 'cosine-plateau',
  warmup: '5 epochs',
  warmupFrom: 0.1,
  cosine: '32 epochs',
  decayTo: 0.1,
  plateau: { factor: 0.8, patience: 3 },
  layerDecay: {},
  patience: 50,
  length: '500 epochs',
} as const satisfies Recipe;

/**
 * Small batches, and a rate that brings some hundred frames to their end within minutes; wider models bear less of it.
 */
const short = (channels: number): Recipe => ({
  batch: { atoms: 128 },
  learningRate: 1e-3 * Math.min(1, 64 / channels),
  emaDecay: 0.99,
  warmup: '1 epoch',
  decayTo: 0.01,
  energyWeight: 4,
  forceWeight: 10,
  energyReduction: 'per-atom',
  patience: 10,
  length: '40 epochs',
});

/**
 * The configuration of a fine-tuning: the architecture of the model, one subset, and the settings of the recipe;
 * `overrides` replace any.
 *
 * @throws {LammError} `usage` for an override that does not fit.
 */
export function finetuneConfig(request: FinetuneRequest, overrides: readonly string[]): PretrainConfig {
  const { start, data, validation, test, energyKey, forcesKey, strict, task, keepHead, recipe, out } = request;
  const architecture = kindOf(start.config).settingsOf(start.config);
  const name = keepHead ?? 'default';
  const training = recipe === 'jmp' ? jmp : short(architecture.channels);
  const forces = request.forces ?? architecture.forces;
  const stress = recipe === 'jmp' || forces === 'direct' ? {} : { stressWeight: 1 }; // of data that have some
  const newHead = recipe === 'jmp' ? 'reset' : 'copy';
  const files = { train: [...data], validation: validation && [...validation], test: test && [...test] };
  const subset = { name, task, ...files, energyKey, forcesKey, strict };
  const settings: PretrainSettings = {
    model: { ...architecture, forces },
    data: { subsets: [{ ...subset, ...(validation === undefined && { validationShare: 0.1 }) }] },
    training: { ...training, ...stress },
    from: { model: start.file, heads: keepHead === undefined ? newHead : 'keep' },
    card: { name: basename(out) },
    out,
  };
  return createPretrainConfig(settings, { overrides });
}
