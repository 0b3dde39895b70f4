import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { splitFrameChoice } from '../../io/frame-choice.js';
import { describeOverlap } from '../../neighbors/overlap.js';
import { type Frame, frameOf, type Input, loadFrames } from '../../tasks/structures/load-structure.js';
import type { InputSettings } from '../../tasks/structures/settings.js';
import { remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';
import { InputNotices } from './input-notices.js';

/**
 * Reads all frames of all files and of the files in folders, or those that `FILE@NUMBER` and `FILE@NAME` choose; `-` is the standard
 * input.  A file that cannot be read among others is skipped and told, and then the command ends as after bad input.
 */
export async function loadInputs(paths: readonly string[], choice: InputSettings = {}): Promise<Input[]> {
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
  for (const { file, frame, structure } of inputs) {
    const overlap = describeOverlap(structure);
    if (overlap !== undefined) notices.of(file)(`frame ${frame}: ${overlap}`);
  }
  notices.tell();
  return inputs;
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
