import type { z } from 'zod';
import { LammError } from '../../../errors.js';
import { expandFolder } from '../../../io/data-folder.js';
import { splitFrameChoice } from '../../../io/frame-choice.js';
import { detectFormat, iterateDetected, type ReadOptions, readChosen } from '../../../io/read-structures.js';
import { checkSettings } from '../../../settings/check-settings.js';
import { type DataSummary, describeFrame, type FrameDescription, summarise } from '../../../structure/data-summary.js';
import type { Structure } from '../../../structure/structure.js';
import type { SpaceGroup } from '../../../structure/symmetry.js';
import type { TaskContext } from '../../context.js';
import { InputNotices } from '../../structures/input-notices.js';
import { readOptionsOf } from '../../structures/read-options.js';
import { type DataInfoTaskSettings, dataInfoTask } from './schema.js';
import { createSymmetryTally, type SymmetryCount } from './symmetry-tally.js';

/** What one file holds: every frame with `full`, otherwise a summary of them. */
export interface FileInfo {
  readonly kind: 'file';
  readonly file: string;
  readonly format: string;
  readonly frames?: readonly (FrameDescription & { readonly symmetry?: SpaceGroup | null })[];
  readonly summary?: DataSummary;
  /** Space groups, the most frequent first, where they were asked for. */
  readonly symmetry?: readonly SymmetryCount[];
  /** Why blocks of a CIF are no structures. */
  readonly refused: readonly string[];
}

/**
 * Says what files of structures hold, file by file.
 *
 * @throws {LammError} for settings that do not fit, and when no file can be read, or one of them with `strict`.
 */
export async function* runDataInfoTask(
  paths: readonly string[],
  given: DataInfoTaskSettings,
  { tell = () => undefined }: TaskContext = {},
): AsyncGenerator<FileInfo, void, void> {
  const settings = checkSettings(dataInfoTask, given);
  if (settings.tolerance !== undefined && !settings.symmetry) {
    const message = '`tolerance` needs `symmetry`; nothing else depends on it';
    throw new LammError('usage', message, { quantity: 'tolerance' });
  }
  const readOptions = readOptionsOf(settings);
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files, settings.strict);
  for (const file of files) {
    try {
      const info = await describeFile(file, { ...settings, readOptions, notices });
      if (info.summary) for (const message of info.refused) notices.refuse(message);
      yield info;
    } catch (error) {
      notices.skip(error);
    }
  }
  notices.tell(tell);
}

interface FileOptions extends Pick<z.output<typeof dataInfoTask>, 'full' | 'symmetry' | 'tolerance'> {
  readonly readOptions: ReadOptions;
  readonly notices: InputNotices;
}

async function describeFile(
  path: string,
  { full, symmetry, tolerance, readOptions, notices }: FileOptions,
): Promise<FileInfo> {
  const { file, wanted } = splitFrameChoice(path);
  const detected = await detectFormat(file);
  const { format } = detected;
  const tally = symmetry ? createSymmetryTally(file, tolerance) : undefined;
  const refused: string[] = []; // other blocks of a CIF can still be of use
  const onRefused = format === 'cif' ? ({ message }: LammError) => refused.push(message) : undefined;
  const choice = { ...readOptions, onNotice: notices.of(file), onRefused };
  const structures =
    wanted === undefined
      ? iterateDetected(detected, file, choice)
      : oneOf(readChosen(detected, { file, wanted }, choice));
  const found = { kind: 'file', file: path, format, refused } as const;
  if (!full) {
    const summary = await summarise(tally?.follow(structures) ?? structures);
    return { ...found, summary, symmetry: tally?.counts() };
  }
  const frames = [];
  for await (const structure of structures)
    frames.push({ ...describeFrame(structure), ...(tally && { symmetry: tally.add(structure) }) });
  return { ...found, frames };
}

async function* oneOf(structure: Promise<Structure>): AsyncGenerator<Structure> {
  yield await structure;
}
