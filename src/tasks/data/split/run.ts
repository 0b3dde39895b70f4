import type { z } from 'zod';
import { geometryHash, type Part, splitFrames } from '../../../../pretrain/dataset/load/split.js';
import { LammError } from '../../../errors.js';
import { expandFolder } from '../../../io/data-folder.js';
import { writableEndings, writableFormatOfName, writerOf } from '../../../io/formats.js';
import { iterateStructures, type ReadOptions } from '../../../io/read-structures.js';
import { writeStructures } from '../../../io/write-structures.js';
import { checkSettings } from '../../../settings/check-settings.js';
import { formulaOf, type Structure } from '../../../structure/structure.js';
import type { TaskContext } from '../../context.js';
import { InputNotices } from '../../structures/input-notices.js';
import { resolveOutputPath } from '../../structures/output-path.js';
import { readOptionsOf } from '../../structures/read-options.js';
import { assertParts } from './parse-parts.js';
import { type DataSplitTaskSettings, dataSplitTask } from './schema.js';

/** A part that was written. */
export interface WrittenPart extends Part {
  readonly kind: 'part';
  readonly frames: number;
  /** Frames of all parts. */
  readonly total: number;
  readonly out: string;
}

export interface SplitData {
  readonly frames: number;
  readonly groups: number;
  readonly by: Settings['by'];
  readonly seed: number;
}

type Settings = z.output<typeof dataSplitTask>;

/**
 * Distributes the frames of files over several new ones, and tells of each that is written.
 *
 * @throws {LammError} for settings that do not fit, files that are taken, a part that would be empty, and when no input
 *   can be read, or one of them with `strict`.
 */
export async function* runDataSplitTask(
  paths: readonly string[],
  given: DataSplitTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<WrittenPart, SplitData, void> {
  const settings = checkSettings(dataSplitTask, given);
  const { parts, by, seed } = settings;
  assertParts(parts);
  if (paths.includes('-'))
    throw new LammError('usage', 'expected files, found the standard input; a split reads its input several times');
  const outputs = outputPaths(paths[0], settings);
  const readOptions = readOptionsOf(settings);
  const { files, groups } = await groupFrames(paths, { settings, readOptions }, context);
  const assigned = splitFrames(groups, parts, { by, seed });
  for (const [part, { name, fraction }] of parts.entries()) {
    const out = outputs[part];
    await writeStructures(out, takePart(readAll(files, readOptions), assigned, part));
    const frames = assigned.reduce((sum, value) => sum + Number(value === part), 0);
    yield { kind: 'part', name, fraction, frames, total: groups.length, out };
  }
  return { frames: groups.length, groups: new Set(groups).size, by, seed };
}

/** The group of every frame, and the files that they are in: those that can be read. */
async function groupFrames(
  paths: readonly string[],
  { settings, readOptions }: { readonly settings: Settings; readonly readOptions: ReadOptions },
  { tell = () => undefined }: TaskContext,
): Promise<{ readonly files: readonly string[]; readonly groups: readonly string[] }> {
  const all = paths.flatMap(expandFolder);
  const notices = new InputNotices(all, settings.strict);
  const files: string[] = [];
  const groups: string[] = [];
  for (const file of all) {
    const own: string[] = [];
    try {
      for await (const structure of readAll([file], { ...readOptions, onNotice: notices.of(file) }))
        own.push(groupOf(structure, groups.length + own.length, settings.group));
    } catch (error) {
      notices.skip(error);
      continue;
    }
    files.push(file);
    for (const name of own) groups.push(name);
  }
  notices.tell(tell);
  return { files, groups };
}

/** Names of all outputs, none of which is taken and all of which can hold many frames. */
function outputPaths(input: string, { out, parts, force }: Settings): string[] {
  const ending = /\.[^./\\]+(?:\.gz)?$/i.exec(out ?? '')?.[0] ?? '.extxyz';
  const stem = out?.slice(0, out.endsWith(ending) ? -ending.length : undefined);
  const format = writableFormatOfName(`part${ending}`);
  if (format === undefined || writerOf(format).refusalOfMany !== undefined) {
    const endings = writableEndings({ many: true });
    throw new LammError('usage', `\`out\`: expected a name that ends in ${endings}, which can hold many frames`, {
      file: out,
    });
  }
  return parts.map(({ name }) => {
    const suffix = `-${name}${ending}`;
    return resolveOutputPath({ input, out: stem === undefined ? undefined : `${stem}${suffix}`, suffix, force });
  });
}

async function* readAll(files: readonly string[], options: ReadOptions): AsyncGenerator<Structure> {
  for (const file of files) yield* iterateStructures(file, options);
}

async function* takePart(
  structures: AsyncIterable<Structure>,
  assigned: Uint8Array,
  part: number,
): AsyncGenerator<Structure> {
  let frame = 0;
  for await (const structure of structures) if (assigned[frame++] === part) yield structure;
  if (frame !== assigned.length) throw new LammError('format', 'an input has changed while it was split; run it again');
}

/** Frames of one group stay together; without a key, equal geometries do. */
function groupOf(structure: Structure, frame: number, key: string | undefined): string {
  if (key === undefined) return geometryHash(structure);
  const value = key === 'formula' ? formulaOf(structure) : structure.info[key];
  if (value !== undefined) return JSON.stringify(value);
  const found = Object.keys(structure.info).join(', ') || 'none';
  const message = `\`group\`: frame ${frame + 1} has no key "${key}"; keys found: ${found}`;
  throw new LammError('usage', message, { quantity: 'group' });
}
