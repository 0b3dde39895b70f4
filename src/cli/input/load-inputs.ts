import { existsSync } from 'node:fs';
import { LammError } from '../../errors.js';
import { iterateStructures } from '../../io/read-structures.js';
import type { Structure } from '../../structure/structure.js';
import { remark } from '../output/output.js';
import type { InputOptions } from './input-options.js';

/** One frame of one input file. */
export interface Input {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly structure: Structure;
}

type Choice = Pick<InputOptions, 'occupancy' | 'keepUnconverged'>;

/** Reads all frames of all files, or those that `FILE@NUMBER` and `FILE@NAME` choose; `-` is the standard input. */
export async function loadInputs(files: readonly string[], choice: Choice = {}): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const argument of files) {
    const { file, wanted } = splitArgument(argument);
    const frames = await loadFrames(file, choice);
    if (wanted !== undefined) inputs.push(frameOf(frames, wanted, file));
    else for (const input of allOf(frames, file)) inputs.push(input);
  }
  return inputs;
}

/** The one frame of `file` that a simulation starts from: the only one, or number `frame` counted from 1. */
export async function loadOneInput(
  argument: string,
  { frame, ...choice }: Choice & { readonly frame?: number } = {},
): Promise<Structure> {
  const { file, wanted } = splitArgument(argument);
  const frames = await loadFrames(file, choice);
  const chosen = wanted ?? frame?.toString();
  if (chosen !== undefined) return frameOf(frames, chosen, file).structure;
  if (frames.length === 1) return frameOf(frames, '1', file).structure;
  throw new LammError('usage', `expected one structure, found ${frames.length}; choose one with --frame`, { file });
}

/** A frame, or why it is refused. */
type Frame = Structure | LammError;

/** All frames of a file: one that is refused does not stand in the way of the others. */
async function loadFrames(file: string, { occupancy, keepUnconverged }: Choice): Promise<Frame[]> {
  const frames: Frame[] = [];
  const onRefused = (error: LammError) => frames.push(error);
  const options = { occupancy, keepUnconverged, onRefused, onNotice: (notice: string) => remark(`${file}: ${notice}`) };
  for await (const structure of iterateStructures(file, options)) frames.push(structure);
  return frames;
}

/** `crystals.cif@2` and `crystals.cif@phase_b` are frames of crystals.cif, unless there is a file of that very name. */
function splitArgument(argument: string): { readonly file: string; readonly wanted?: string } {
  const [, file, wanted] = /^(.+)@([^@/\\]+)$/.exec(argument) ?? [];
  return file === undefined || existsSync(argument) || !existsSync(file) ? { file: argument } : { file, wanted };
}

/** @throws {LammError} that of the first frame that is refused, having said how to choose another one. */
function allOf(frames: readonly Frame[], file: string): Input[] {
  const refused = frames.find((frame) => frame instanceof LammError);
  const readable = frames.findIndex((frame) => !(frame instanceof LammError));
  if (refused !== undefined) {
    if (readable >= 0) remark(`${file}: structures that can be read may be chosen, such as ${file}@${readable + 1}`);
    throw refused;
  }
  return frames.flatMap((structure, index) =>
    structure instanceof LammError ? [] : [{ file, frame: index + 1, structure }],
  );
}

function frameOf(frames: readonly Frame[], wanted: string, file: string): Input {
  const index = /^\d+$/.test(wanted) ? Number(wanted) - 1 : indexOfName(frames, wanted);
  const structure = frames[index];
  if (structure instanceof LammError) throw structure;
  if (structure !== undefined) return { file, frame: index + 1, structure };
  const names = frames.flatMap((frame) => (frame instanceof LammError ? [] : [frame.info.name]));
  const known = names.some((name) => name !== undefined) ? `, or one of the names ${names.join(', ')}` : '';
  throw new LammError('usage', `--frame: expected 1 to ${frames.length}${known}, found ${wanted}`, { file });
}

function indexOfName(frames: readonly Frame[], name: string): number {
  return frames.findIndex((frame) => !(frame instanceof LammError) && frame.info.name === name);
}
