import type { z } from 'zod';
import { LammError } from '../../../errors.js';
import { expandFolder } from '../../../io/data-folder.js';
import { type WritableFormat, writableEndings, writableFormatOfName, writerOf } from '../../../io/formats.js';
import { iterateStructures } from '../../../io/read-structures.js';
import { atPlace } from '../../../io/text/place-error.js';
import { writeStructures } from '../../../io/write-structures.js';
import { checkSettings } from '../../../settings/check-settings.js';
import type { Structure } from '../../../structure/structure.js';
import { standardCell } from '../../../structure/symmetry.js';
import type { TaskContext } from '../../context.js';
import { InputNotices } from '../../structures/input-notices.js';
import { keysOf, lostKeys } from '../../structures/output-format.js';
import { resolveOutputPath } from '../../structures/output-path.js';
import { readOptionsOf } from '../../structures/read-options.js';
import { type DataConvertTaskSettings, dataConvertTask } from './schema.js';

/** What was written, and what could not be. */
export interface ConvertedData {
  readonly out: string;
  readonly format: WritableFormat;
  readonly frames: number;
  readonly atoms: number;
  /** Frames that have each label still. */
  readonly labelled: { readonly energy: number; readonly forces: number; readonly stress: number };
  /** Values that the format or another cell cannot hold, with the number of frames that have them. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Records and blocks that are no structures, as messages. */
  readonly refused: readonly string[];
}

interface Tally {
  frames: number;
  atoms: number;
  readonly labelled: { energy: number; forces: number; stress: number };
  readonly leftOut: Map<string, number>;
  readonly refused: string[];
}

type Settings = z.output<typeof dataConvertTask>;

/**
 * Writes the structures of files in another format, with all labels that it can hold.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and when no input can be read, or one of them
 *   with `strict`.
 */
export async function runDataConvertTask(
  files: readonly string[],
  given: DataConvertTaskSettings,
  context: TaskContext = {},
): Promise<ConvertedData> {
  const settings = checkSettings(dataConvertTask, given);
  const { to, tolerance, cell, force } = settings;
  if (tolerance !== undefined && cell === undefined) {
    const message = '`tolerance` needs `cell`; nothing else depends on it';
    throw new LammError('usage', message, { quantity: 'tolerance' });
  }
  const out = resolveOutputPath({ input: files[0], out: settings.out, suffix: writerOf(to ?? 'extxyz').ending, force });
  const format = to ?? writableFormatOfName(out);
  if (format === undefined)
    throw new LammError('usage', `\`out\`: let the name end in ${writableEndings()}, or give \`to\``, { file: out });
  const tally: Tally = {
    frames: 0,
    atoms: 0,
    labelled: { energy: 0, forces: 0, stress: 0 },
    leftOut: new Map(),
    refused: [],
  };
  await writeStructures(out, convertFrames(files, { settings, format, tally }, context), { format });
  return { ...tally, out, format, leftOut: Object.fromEntries(tally.leftOut) };
}

async function* convertFrames(
  paths: readonly string[],
  { settings, format, tally }: { readonly settings: Settings; readonly format: WritableFormat; readonly tally: Tally },
  { tell = () => undefined }: TaskContext,
): AsyncGenerator<Structure> {
  const { index, skipRefused, cell, tolerance, strict } = settings;
  const onRefused = skipRefused ? ({ message }: LammError) => tally.refused.push(message) : undefined;
  const readOptions = { ...readOptionsOf(settings), index, onRefused };
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files, strict);
  async function* readFile(file: string): AsyncGenerator<Structure> {
    let frame = 0;
    for await (const structure of iterateStructures(file, { ...readOptions, onNotice: notices.of(file) })) {
      frame++;
      if (structure.numbers.length > 0) {
        const written = cell ? atPlace({ file }, () => inCell(structure, cell, tolerance)) : structure;
        const gone = cell ? keysOf(structure).filter((key) => key !== 'name') : []; // another cell holds the atoms alone
        count(tally, written, [...gone, ...lostKeys(written, format)]);
        yield written;
        continue;
      }
      const error = new LammError('structure', `frame ${frame} has no atoms, so no format can hold it`, { file });
      if (onRefused === undefined) throw error;
      onRefused(error);
    }
  }
  for (const file of files) {
    try {
      yield* readFile(file);
    } catch (error) {
      notices.skip(error);
    }
  }
  notices.tell(tell);
}

/** The atoms in the standard cell, under the name of the structure. */
function inCell(structure: Structure, cell: 'primitive' | 'conventional', tolerance: number | undefined): Structure {
  const { name } = structure.info;
  return { ...standardCell(structure, cell, tolerance), info: name === undefined ? {} : { name } };
}

function count(tally: Tally, structure: Structure, lost: readonly string[]): void {
  tally.frames++;
  tally.atoms += structure.numbers.length;
  for (const name of ['energy', 'forces', 'stress'] as const) {
    tally.labelled[name] += Number(structure.labels[name] !== undefined && !lost.includes(name));
  }
  for (const name of lost) tally.leftOut.set(name, (tally.leftOut.get(name) ?? 0) + 1);
}
