import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';

/** One frame of one input file. */
export interface Input {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly structure: Structure;
}

/** Reads all frames of all files; `-` is the standard input. */
export async function loadInputs(files: readonly string[]): Promise<Input[]> {
  const { readStructures } = await import('../io/read-structures.js');
  const inputs: Input[] = [];
  for (const file of files) {
    const structures = await readStructures(file);
    structures.forEach((structure, index) => inputs.push({ file, frame: index + 1, structure }));
  }
  return inputs;
}

/** The one frame of `file` that a simulation starts from: the only one, or number `frame` counted from 1. */
export async function loadOneInput(file: string, frame?: number): Promise<Structure> {
  const inputs = await loadInputs([file]);
  if (frame === undefined && inputs.length > 1) {
    throw new LammError('usage', `expected one structure, found ${inputs.length}; choose one with --frame`, { file });
  }
  const input = inputs.at((frame ?? 1) - 1);
  if (input) return input.structure;
  throw new LammError('usage', `--frame: expected 1 to ${inputs.length}, found ${frame}`, { file });
}
