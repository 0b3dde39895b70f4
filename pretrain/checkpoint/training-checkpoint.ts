import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { formatState, parseState, type StateKind } from '../../src/journal/state-file.js';
import { firstRepulsion } from '../../src/models/repulsion.js';
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

/** A checkpoint as it lies in the folder of its run. */
export interface RunCheckpoint extends Checkpoint {
  /** Length of the metrics file. */
  readonly metricsBytes: number;
}

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
  lowest: number.optional(),
  waited: number,
  plateau: z.strictObject({ reductions: number, waited: number }),
  recent: z.strictObject({
    ...cost,
    steps: number,
    loss: number,
    terms: z.strictObject(perTerm(() => number.default(0))), // of before there was such a term
    gradientNorm: number,
    peakAtoms: number,
  }),
  metricsBytes: number,
});
const vector = z.custom<Float32Array>((value) => value instanceof Float32Array);
/** Files have the length of the metrics among the progress. */
interface StoredCheckpoint extends Checkpoint {
  readonly state: TrainingState & { readonly progress: { readonly metricsBytes: number } };
}

const trainingKind: StateKind<StoredCheckpoint> = {
  name: 'training',
  version: 4,
  title: 'a training checkpoint',
  schema: z.strictObject({
    identity: z.strictObject({
      layout: z.array(z.string()),
      settings: z.record(z.string(), z.unknown()),
      data: z.string(),
    }),
    state: z.strictObject({
      parameters: vector,
      average: vector,
      optimizer: z.strictObject({
        stepCount: number,
        firstMoment: vector,
        secondMoment: vector,
        largestSecondMoment: vector.optional(),
      }),
      best: vector.optional(),
      progress: progressSchema,
    }),
  }),
};

/** A checkpoint as the bytes of a file, see `formatState`. */
export function formatCheckpoint({ identity, state, metricsBytes }: RunCheckpoint): Uint8Array {
  return formatState(trainingKind, { identity, state: { ...state, progress: { ...state.progress, metricsBytes } } });
}

/**
 * Reads what `formatCheckpoint` wrote.
 *
 * @throws {LammError} `checkpoint` for anything that is not such a file to the bit.
 */
export function parseCheckpoint(bytes: Uint8Array, { file = 'checkpoint' } = {}): RunCheckpoint {
  const { identity, state } = parseState(bytes, trainingKind, { file });
  const { metricsBytes, ...progress } = state.progress;
  return { identity, state: { ...state, progress }, metricsBytes };
}

/** Settings that a run must keep from start to end; those of `data` are covered by the fingerprint. */
const frozenSettings = /^(model\.|training\.(batch\.|balance\.|seed$|energyReduction$|amsgrad$))/;
/** Settings that do not change what is learned. */
const freeSettings = /^(data\.|card\.|from\.|out$|training\.(threads|workers|engine|device|logEvery|checkpointEvery)$)/;

/** What checkpoints meant before there was a setting for it. */
const impliedSettings = {
  ...Object.fromEntries(Object.entries(firstRepulsion).map(([key, value]) => [`model.${key}`, value])),
  'training.atomEnergyWeight': 1,
};

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
  const before: Record<string, unknown> = { ...impliedSettings, ...saved.settings };
  const changes = [...new Set([...Object.keys(saved.settings), ...Object.keys(current.settings)])]
    .map((key) => ({ key, old: show(before[key]), now: show(current.settings[key]) }))
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
