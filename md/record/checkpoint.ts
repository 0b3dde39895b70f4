import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LammError } from '../../src/errors.js';
import { writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import { createRandom } from '../../src/random.js';
import type { Structure } from '../../src/structure/structure.js';
import type { RunAnalysisOptions, RunAnalysisState } from '../analysis/run-analysis.js';
import { createDriftMeter } from '../drift-meter.js';
import { decodeArray, encodeArray } from '../files/array-text.js';
import { packArrays, unpackArrays } from '../files/pack-arrays.js';
import { structureIdentity } from '../files/structure-identity.js';
import type { MdRun } from '../run.js';
import { type ResolvedMdOptions, resolvedMdSettings } from '../settings.js';
import { createStartState } from '../start/start-state.js';

const checkpointVersion = 2;

const every = z.int().min(1);
const analysisSchema = z.strictObject({
  rdf: z.strictObject({ every, cutoff: z.number().optional(), binWidth: z.number().optional() }).optional(),
  msd: z.strictObject({ every }).optional(),
  vacf: z.strictObject({ every, window: z.int().optional() }).optional(),
  thermo: z.strictObject({ every }).optional(),
});

/** Arrays of the state that steps write. */
const stateArrays = ['positions', 'momenta', 'forces', 'cell', 'chain', 'cellChains', 'cellRate'] as const;

function stateArraysOf({ innerSteps }: Pick<ResolvedMdOptions, 'innerSteps'>) {
  return innerSteps > 1 ? [...stateArrays, 'innerForces' as const] : stateArrays;
}

// Arrays are the base64 of raw little-endian float64, so that every bit comes back; so are the scalars that steps add to.
const checkpointSchema = z.strictObject({
  format: z.literal('lamm-md-checkpoint'),
  version: z.literal(checkpointVersion),
  structure: z.string(),
  settings: z.strictObject({
    origin: z.record(z.string(), z.string()),
    trajectoryEvery: z.int(),
    logEvery: z.int(),
    analysis: analysisSchema.optional(),
    options: resolvedMdSettings,
  }),
  files: z.strictObject({ trajectoryBytes: z.int(), logBytes: z.int() }),
  step: z.int(),
  random: z.strictObject({ words: z.tuple([z.int(), z.int(), z.int(), z.int()]) }),
  arrays: z.record(z.string(), z.base64()),
  stress: z.base64().optional(),
  scalars: z.base64(),
  /** Analyses have long arrays: their bytes follow the line of JSON. */
  analysis: z.strictObject({ bytes: z.int(), sha256: z.string(), body: z.string() }).optional(),
});

/** A simulation at rest on disk; `parseMdCheckpoint` reads it, `restoreMd` brings it back to life. */
export type MdCheckpoint = Omit<z.infer<typeof checkpointSchema>, 'analysis'> & {
  readonly analysis?: RunAnalysisState;
};

/** What a simulation writes besides its state, which a resumed one must repeat. */
export interface RecordSettings {
  /** What structure and calculator were made of, as the user wrote it: calculator, model, supercell. */
  readonly origin: Readonly<Record<string, string>>;
  readonly trajectoryEvery: number;
  readonly logEvery: number;
  readonly analysis?: RunAnalysisOptions;
}

/** Lengths in bytes of the result files at the time of a checkpoint. */
export interface RecordedBytes {
  readonly trajectoryBytes: number;
  readonly logBytes: number;
}

export interface CheckpointContents {
  readonly structure: Structure;
  readonly settings: RecordSettings;
  readonly files: RecordedBytes;
  /** What analyses have gathered; it must not change until the checkpoint is written. */
  readonly analysis?: RunAnalysisState;
}

/** The checkpoint of a running simulation: a line of JSON, and the bytes of its analyses if there are any. */
export function formatMdCheckpoint(
  run: MdRun,
  { structure, settings, files, analysis }: CheckpointContents,
): [string, ...Uint8Array[]] {
  const { state, meter } = run;
  const scalars = Float64Array.of(
    state.potentialEnergy,
    state.bathHeat,
    state.netForce,
    run.largestNetForce,
    run.expectedTemperatureK,
    meter.origin,
    ...meter.sums,
  );
  const packed = analysis && packArrays(analysis);
  const checkpoint: z.infer<typeof checkpointSchema> = {
    format: 'lamm-md-checkpoint',
    version: checkpointVersion,
    structure: structureIdentity(structure),
    settings: { ...settings, origin: { ...settings.origin }, options: run.options },
    files: { ...files },
    step: state.step,
    random: { words: [...run.random.state().words] },
    arrays: Object.fromEntries(stateArraysOf(run.options).map((name) => [name, encodeArray(state[name])])),
    ...(state.stress && { stress: encodeArray(state.stress) }),
    scalars: encodeArray(scalars),
    ...(packed && { analysis: packed.header }),
  };
  return [`${JSON.stringify(checkpoint)}\n`, ...(packed?.pieces ?? [])];
}

/** Writes the checkpoint of a running simulation; the file is either the old or the new one, never a part. */
export async function saveMdCheckpoint(path: string, run: MdRun, contents: CheckpointContents): Promise<void> {
  await writeFileAtomic(path, formatMdCheckpoint(run, contents));
}

/**
 * Reads a checkpoint; undefined when there is none.
 *
 * @throws {LammError} `checkpoint` when the file is not one, or is damaged.
 */
export async function loadMdCheckpoint(path: string): Promise<MdCheckpoint | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // node's file errors have a code
    throw new LammError('checkpoint', `cannot be read: ${(error as Error).message}`, { file: path, cause: error });
  }
  return parseMdCheckpoint(bytes, path);
}

/** @throws {LammError} `checkpoint` when `bytes` are not a whole checkpoint. */
export function parseMdCheckpoint(bytes: Buffer, file: string): MdCheckpoint {
  const lineEnd = bytes.indexOf('\n');
  const payload = bytes.subarray(lineEnd < 0 ? bytes.length : lineEnd + 1);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8', 0, lineEnd < 0 ? bytes.length : lineEnd));
  } catch (cause) {
    throw new LammError('checkpoint', `expected a checkpoint of lamm md, found text that is not JSON; ${startOver}`, {
      file,
      cause,
    });
  }
  const { success, data, error } = checkpointSchema.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    throw damaged(`${issue.path.join('.')}: ${issue.message}`, file);
  }
  const { analysis: packed, ...checkpoint } = data;
  if ((packed === undefined) !== (data.settings.analysis === undefined))
    throw damaged('analysis: it does not fit the settings', file);
  if (packed === undefined) return checkpoint;
  const analysis = unpackArrays(packed, payload);
  if (analysis === undefined) throw damaged('the bytes of its analysis are cut or changed', file);
  return { ...checkpoint, analysis: analysis as RunAnalysisState }; // as it was written, by its sum
}

function damaged(what: string, file: string): LammError {
  return new LammError('checkpoint', `not a whole checkpoint of lamm md: ${what}; ${startOver}`, { file });
}

/**
 * The simulation as it was when the checkpoint was taken, going on to `steps` in total.
 *
 * @throws {LammError} `checkpoint` when it belongs to another structure, or its arrays do not have that structure's lengths.
 */
export function restoreMd(
  checkpoint: MdCheckpoint,
  structure: Structure,
  { file, steps }: { file: string; steps: number },
): MdRun {
  if (checkpoint.structure !== structureIdentity(structure)) {
    throw new LammError(
      'checkpoint',
      `the checkpoint belongs to another structure than the one given; resume with the same input file, or ${startOver}`,
      { file },
    );
  }
  const recorded = checkpoint.settings.options;
  const options = { ...recorded, velocities: recorded.velocities, centerOfMass: recorded.centerOfMass, steps };
  const state = createStartState(structure, options);
  for (const name of stateArraysOf(options)) {
    state[name].set(decode(checkpoint.arrays[name] ?? '', state[name].length, file));
  }
  if (checkpoint.stress) state.stress = decode(checkpoint.stress, 6, file);
  const meter = createDriftMeter();
  const scalars = decode(checkpoint.scalars, 6 + meter.sums.length, file);
  meter.sums.set(scalars.subarray(6));
  meter.origin = scalars[5];
  state.potentialEnergy = scalars[0];
  state.bathHeat = scalars[1];
  state.netForce = scalars[2];
  state.step = checkpoint.step;
  return {
    options,
    state,
    random: createRandom(checkpoint.random),
    meter,
    expectedTemperatureK: scalars[4],
    largestNetForce: scalars[3],
  };
}

function decode(text: string, length: number, file: string): Float64Array {
  const values = decodeArray(text);
  if (values?.length === length) return values;
  const message = `expected an array of ${8 * length} bytes, found ${Buffer.byteLength(text, 'base64')}; ${startOver}`;
  throw new LammError('checkpoint', message, { file });
}

const startOver = 'start over without --resume';
