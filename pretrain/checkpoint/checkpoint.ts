import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { formatSafetensors, parseSafetensors, type SafeTensor } from '../../src/io/safetensors.js';
import { perTerm } from '../dataset/labels/terms.js';
import type { TrainingState } from '../step/training-state.js';

/** What makes two runs the same run. */
export interface RunIdentity {
  /** Name and shape of every parameter, in order. */
  readonly layout: readonly string[];
  /** Settings by dotted key. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fingerprint of the training and validation samples. */
  readonly data: string;
}

export interface Checkpoint {
  readonly identity: RunIdentity;
  readonly state: TrainingState;
}

const metadataKey = 'lamm_checkpoint';

const number = z.number();
const cost = {
  structures: number,
  atoms: number,
  seconds: number,
  graphsSeconds: number,
  computeSeconds: number,
  communicationSeconds: number,
};
const progressSchema = z.strictObject({
  ...cost,
  step: number,
  epoch: number,
  parts: z.array(z.strictObject({ batchesPerStep: number, steps: number })),
  epochStarts: z.array(number),
  best: z.strictObject({ step: number, loss: number }).nullable(),
  waited: number,
  plateau: z.strictObject({ reductions: number, waited: number }),
  recent: z.strictObject({
    ...cost,
    steps: number,
    loss: number,
    terms: z.strictObject(perTerm(() => number)),
    gradientNorm: number,
    peakAtoms: number,
  }),
  metricsBytes: number,
});
const headerSchema = z.strictObject({
  version: z.literal(3),
  identity: z.strictObject({
    layout: z.array(z.string()),
    settings: z.record(z.string(), z.unknown()),
    data: z.string(),
  }),
  progress: progressSchema,
  optimizerSteps: number,
});

/** One safetensors file: parameters, average, moments and the best average as [P] tensors, the rest as JSON. */
export function formatCheckpoint({ identity, state }: Checkpoint): Uint8Array {
  const { parameters, average, optimizer, best, progress } = state;
  const tensors: [string, SafeTensor][] = Object.entries({
    parameters,
    average,
    firstMoment: optimizer.firstMoment,
    secondMoment: optimizer.secondMoment,
    ...(optimizer.largestSecondMoment && { largestSecondMoment: optimizer.largestSecondMoment }),
    ...(best && { best }),
  }).map(([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }]);
  const header = { version: 3, identity, progress, optimizerSteps: optimizer.stepCount };
  return formatSafetensors(tensors, { [metadataKey]: JSON.stringify(header) });
}

/**
 * Reads what `formatCheckpoint` wrote.
 *
 * @throws {LammError} `checkpoint` when the file is another kind of file; `format` when it is damaged.
 */
export function parseCheckpoint(bytes: Uint8Array, { file }: { readonly file?: string } = {}): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes, { file });
  const text = metadata[metadataKey];
  if (text === undefined) {
    throw new LammError('checkpoint', 'expected a training checkpoint, found another safetensors file', { file });
  }
  const header = headerSchema.safeParse(parseJson(text));
  if (!header.success) {
    const { path, message } = header.error.issues[0];
    throw new LammError(
      'checkpoint',
      `the checkpoint comes from another version of this program (${path.join('.')}: ${message}); start again without --resume`,
      { file },
    );
  }
  const vector = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (data instanceof Float32Array) return data.slice();
    throw new LammError('checkpoint', `the checkpoint has no tensor "${name}"; use the one before it`, { file });
  };
  return {
    identity: header.data.identity,
    state: {
      parameters: vector('parameters'),
      average: vector('average'),
      optimizer: {
        stepCount: header.data.optimizerSteps,
        firstMoment: vector('firstMoment'),
        secondMoment: vector('secondMoment'),
        ...(tensors.has('largestSecondMoment') && { largestSecondMoment: vector('largestSecondMoment') }),
      },
      ...(tensors.has('best') && { best: vector('best') }),
      progress: header.data.progress,
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}

/** Settings that a run must keep from start to end; those of `data` are covered by the fingerprint. */
const frozenSettings = /^(model\.|training\.(batch\.|balance\.|seed$|energyReduction$|amsgrad$))/;
/** Settings that do not change what is learned. */
const freeSettings = /^(data\.|card\.|from\.|out$|training\.(threads|workers|engine|device|logEvery|checkpointEvery)$)/;

/**
 * Checks that a checkpoint can carry on as the run `current`.  Returns the settings that differ and still may,
 * such as the learning rate, as `key: old -> new`.
 *
 * @throws {LammError} `checkpoint` with the first difference in the model, the data, the seed or the batches.
 */
export function assertSameRun(
  saved: RunIdentity,
  current: RunIdentity,
  { file }: { readonly file?: string } = {},
): string[] {
  const changes = [...new Set([...Object.keys(saved.settings), ...Object.keys(current.settings)])]
    .map((key) => ({ key, old: show(saved.settings[key]), now: show(current.settings[key]) }))
    .filter(({ key, old, now }) => old !== now && !freeSettings.test(key));
  const frozen = changes.find(({ key }) => frozenSettings.test(key));
  if (frozen !== undefined) {
    refuse(`${frozen.key} was ${frozen.old} and is now ${frozen.now}`, file);
  }
  const different = current.layout.findIndex((entry, index) => entry !== saved.layout[index]);
  if (different >= 0 || current.layout.length !== saved.layout.length) {
    const index = different >= 0 ? different : current.layout.length;
    refuse(
      `expected the parameter ${current.layout[index] ?? 'list to end'}, found ${saved.layout[index] ?? 'none'}`,
      file,
    );
  }
  if (saved.data !== current.data) refuse('the training or validation samples have changed', file);
  return changes.map(({ key, old, now }) => `${key}: ${old} -> ${now}`);
}

function refuse(difference: string, file: string | undefined): never {
  throw new LammError(
    'checkpoint',
    `the checkpoint belongs to another run: ${difference}; restore the setting, or start anew in another folder`,
    { file },
  );
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
