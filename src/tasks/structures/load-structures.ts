import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { splitFrameChoice } from '../../io/frame-choice.js';
import { describeOverlap } from '../../neighbors/overlap.js';
import type { TaskContext } from '../context.js';
import { InputNotices } from './input-notices.js';
import { type Frame, frameOf, type Input, loadFrames } from './load-structure.js';
import type { InputSettings } from './structure-settings.js';
import { describeElectrons } from './unused-electrons.js';

/** What was read of several files. */
export interface LoadedInputs {
  readonly inputs: readonly Input[];
  /** Files that could not be read, as was told. */
  readonly skippedCount: number;
}

/**
 * Reads all frames of all files and of the files in folders, or those that `FILE@NUMBER` and `FILE@NAME` choose; `-` is
 * the standard input.  A file that cannot be read among others is skipped and told.
 *
 * @throws {LammError} when no file can be read, or a frame of a file is refused and none was chosen.
 */
export async function loadInputs(
  paths: readonly string[],
  { occupancy, keepUnconverged }: InputSettings = {},
  { tell = () => undefined }: TaskContext = {},
): Promise<LoadedInputs> {
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files);
  const inputs: Input[] = [];
  for (const argument of files) {
    const { file, wanted } = splitFrameChoice(argument);
    try {
      const frames = await loadFrames(file, { occupancy, keepUnconverged }, notices.of(file));
      if (wanted !== undefined) inputs.push(frameOf(frames, wanted, file));
      else for (const input of allOf(frames, { file, tell })) inputs.push(input);
    } catch (error) {
      notices.skip(error);
    }
  }
  for (const { file, frame, structure } of inputs) {
    const overlap = describeOverlap(structure);
    if (overlap !== undefined) notices.of(file)(`frame ${frame}: ${overlap}`);
  }
  for (const [file, texts] of electronsByFile(inputs)) for (const text of texts) notices.of(file)(text);
  notices.tell(tell);
  return { inputs, skippedCount: notices.skippedCount };
}

/** What is said of charges and spins, of each file once. */
function electronsByFile(inputs: readonly Input[]): Map<string, Set<string>> {
  const byFile = new Map<string, Set<string>>();
  for (const { file, structure } of inputs) {
    const text = describeElectrons(structure);
    if (text !== undefined) byFile.set(file, (byFile.get(file) ?? new Set()).add(text));
  }
  return byFile;
}

/** @throws {LammError} that of the first frame that is refused, having told how to choose another one. */
function allOf(
  frames: readonly Frame[],
  { file, tell }: { readonly file: string; readonly tell: (text: string) => void },
): Input[] {
  const refused = frames.find((frame) => frame instanceof LammError);
  const readable = frames.findIndex((frame) => !(frame instanceof LammError));
  if (refused !== undefined) {
    if (readable >= 0) tell(`${file}: structures that can be read may be chosen, such as ${file}@${readable + 1}`);
    throw refused;
  }
  return frames.flatMap((structure, index) =>
    structure instanceof LammError ? [] : [{ file, frame: index + 1, structure }],
  );
}
