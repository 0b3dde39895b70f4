import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { indexOfFrame, splitFrameChoice } from '../../io/frame-choice.js';
import { iterateStructures } from '../../io/read-structures.js';
import type { Structure } from '../../structure/structure.js';
import { remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { InputNotices } from './input-notices.js';
import type { InputOptions } from './input-options.js';

/** One frame of one input file. */
export interface Input {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly structure: Structure;
}

type Choice = Pick<InputOptions, 'occupancy' | 'keepUnconverged'>;

/**
 * Reads all frames of all files and of the files in folders, or those that `FILE@NUMBER` and `FILE@NAME` choose; `-` is the standard
 * input.  A file that cannot be read among others is skipped and told, and then the command ends as after bad input.
 */
export async function loadInputs(paths: readonly string[], choice: Choice = {}): Promise<Input[]> {
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files);
  const inputs: Input[] = [];
  for (const argument of files) {
    const { file, wanted } = splitFrameChoice(argument);
    try {
      const frames = await loadFrames(file, choice, notices.of(file));
      if (wanted !== undefined) inputs.push(frameOf(frames, wanted, file));
      else for (const input of allOf(frames, file)) inputs.push(input);
    } catch (error) {
      notices.skip(error);
      process.exitCode = exitCode.badInput;
    }
  }
  notices.tell();
  return inputs;
}

/** The one frame of `file` that a simulation starts from: the only one, or number `frame` counted from 1. */
export async function loadOneInput(
  argument: string,
  { frame, ...choice }: Choice & { readonly frame?: number } = {},
): Promise<Structure> {
  const { file, wanted } = splitFrameChoice(argument);
  const frames = await loadFrames(file, choice, (notice) => remark(`${file}: ${notice}`));
  const chosen = wanted ?? frame?.toString();
  if (chosen !== undefined) return frameOf(frames, chosen, file).structure;
  if (frames.length === 1) return frameOf(frames, '1', file).structure;
  throw new LammError('usage', `expected one structure, found ${frames.length}; choose one with --frame`, { file });
}

/** A frame, or why it is refused. */
type Frame = Structure | LammError;

/** All frames of a file: one that is refused does not stand in the way of the others. */
async function loadFrames(
  file: string,
  { occupancy, keepUnconverged }: Choice,
  onNotice: (notice: string) => void,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const onRefused = (error: LammError) => frames.push(error);
  const options = { occupancy, keepUnconverged, onRefused, onNotice };
  for await (const structure of iterateStructures(file, options)) frames.push(structure);
  return frames;
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
  const index = indexOfFrame(frames, wanted, file);
  const structure = frames[index];
  if (structure instanceof LammError) throw structure;
  return { file, frame: index + 1, structure };
}
