import { z } from 'zod';
import { LammError } from '../../src/errors.js';

/** Means of a training over the steps since the last such record. */
export interface TrainingRecord {
  readonly step: number;
  /** Number of epochs that are complete. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  readonly energyLoss: number;
  readonly forceLoss: number;
  readonly stressLoss: number;
  readonly atomEnergyLoss: number;
  readonly gradientNorm: number;
  /** Sums, not means. */
  readonly structures: number;
  readonly atoms: number;
  readonly seconds: number;
  /**
   * Seconds of the parts of a step that were measured, by name: what stands before `Seconds` in the keys of the file.
   */
  readonly parts: Readonly<Record<string, number>>;
}

/** Errors under names that carry their units, such as `energyMaeMeVPerAtom`. */
export type NamedErrors = Readonly<Record<string, number>>;

export interface ValidationRecord {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly improved: boolean;
  readonly total: NamedErrors;
  /** By subset, or by file where there are no subsets, in the order of the configuration. */
  readonly subsets: Readonly<Record<string, NamedErrors>>;
}

/** Errors of the parameters that a training kept at its end, on one of the sets. */
export interface ResultRecord {
  readonly step: number;
  /** The step that the parameters are of. */
  readonly parametersOfStep: number;
  readonly set: string;
  /** Structures that were measured, and how many the set has. */
  readonly measured: number;
  readonly count: number;
  readonly loss: number;
  readonly total: NamedErrors;
  /** By file, in the order of the configuration. */
  readonly files: Readonly<Record<string, NamedErrors>>;
}

/** What a training wrote about itself, steps rising. */
export interface Metrics {
  readonly training: readonly TrainingRecord[];
  readonly validation: readonly ValidationRecord[];
  /** What it came to; none before its end. */
  readonly results: readonly ResultRecord[];
  /** What the reader should know. */
  readonly remarks: readonly string[];
}

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN); // JSON has no NaN
const count = z.number().int().nonnegative();
const errors = z.record(z.string(), z.unknown()).transform(numbersOf);
const trainingSchema = z
  .looseObject({
    kind: z.literal('training'),
    step: count,
    epoch: count,
    learningRate: number,
    loss: number,
    energyLoss: number,
    forceLoss: number,
    stressLoss: number.default(0), // records from before there was such a term have none
    atomEnergyLoss: number.default(0),
    gradientNorm: number,
    structures: number,
    atoms: number,
    seconds: number,
  })
  .transform(({ kind, ...record }) => ({ kind, ...record, parts: partsOf(record) }));
const validationSchema = z
  .looseObject({
    kind: z.literal('validation'),
    step: count,
    epoch: count,
    loss: number,
    improved: z.boolean(),
    files: z.record(z.string(), errors).default({}),
    subsets: z.record(z.string(), errors).optional(),
  })
  .transform(({ kind, step, epoch, loss, improved, files, subsets = files, ...rest }) => {
    return { kind, step, epoch, loss, improved, subsets, total: numbersOf(rest) };
  });
const resultSchema = z
  .looseObject({
    kind: z.literal('result'),
    step: count,
    parametersOfStep: count,
    set: z.string(),
    measured: count,
    count,
    loss: number,
    files: z.record(z.string(), errors).default({}),
  })
  .transform(({ kind, step, parametersOfStep, set, measured, count, loss, files, ...rest }) => {
    return { kind, step, parametersOfStep, set, measured, count, loss, files, total: numbersOf(rest) };
  });
const recordSchema = z.discriminatedUnion('kind', [trainingSchema, validationSchema, resultSchema]);
const kinds: ReadonlySet<unknown> = new Set(['training', 'validation', 'result']);

/**
 * Reads the metrics of a training, also of one that is running or was killed: a last line that is cut is left out, and
 * of steps that were done again after a resumption the later records count.  Results before further steps are none.
 *
 * @throws {LammError} `format` for any other line that is no record.
 */
export function parseMetrics(text: string, { file }: { readonly file?: string } = {}): Metrics {
  const lines = text.split('\n');
  const remarks: string[] = [];
  let [training, validation, results]: [TrainingRecord[], ValidationRecord[], ResultRecord[]] = [[], [], []];
  let repeated = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const value = parseJson(line);
    if (value === undefined && index === lines.length - 1) {
      remarks.push('the last line is cut and left out: the training is running or was killed');
      continue;
    }
    if (value === undefined) throw badLine('expected a JSON object', { file, line: index + 1 });
    if (!isKnown(value)) continue; // of a newer program
    const { success, data, error } = recordSchema.safeParse(value);
    if (!success) throw badLine(error.issues[0].message, { file, line: index + 1 });
    if (data.kind === 'result') {
      results = [...results.filter(({ set }) => set !== data.set), data];
      continue;
    }
    results = [];
    const before = training.length + validation.length;
    validation = dropFrom(validation, data.step);
    if (data.kind === 'training') training = dropFrom(training, data.step);
    repeated += before - training.length - validation.length;
    if (data.kind === 'training') training.push(data);
    else validation.push(data);
  }
  if (repeated > 0)
    remarks.push(
      `${repeated === 1 ? '1 record was' : `${repeated} records were`} written again after a resumption: the later ones count`,
    );
  return { training, validation, results, remarks };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isKnown(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  const kind = isObject && 'kind' in value ? value.kind : undefined;
  return typeof kind !== 'string' || kinds.has(kind);
}

function badLine(message: string, place: { readonly file?: string; readonly line: number }): LammError {
  return new LammError('format', `${message}; this is no metrics file of a training, or it is damaged`, place);
}

/** Records before `step`; the same list where all are. */
function dropFrom<Item extends { readonly step: number }>(records: Item[], step: number): Item[] {
  const last = records.at(-1);
  return last === undefined || last.step < step ? records : records.filter((record) => record.step < step);
}

function numbersOf(values: Readonly<Record<string, unknown>>): NamedErrors {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function partsOf(record: Readonly<Record<string, unknown>>): NamedErrors {
  const parts = Object.entries(numbersOf(record)).filter(([key]) => /.Seconds$/.test(key));
  return Object.fromEntries(parts.map(([key, value]) => [key.slice(0, -'Seconds'.length), value]));
}
