import { type Command, InvalidArgumentError, Option } from 'commander';
import { geometryHash, type Part, type SplitOptions, splitFrames } from '../../../pretrain/dataset/load/split.js';
import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { writableFormatOfName } from '../../io/formats.js';
import { iterateStructures, type ReadOptions } from '../../io/read-structures.js';
import { writeStructures } from '../../io/write-structures.js';
import { formulaOf, type Structure } from '../../structure/structure.js';
import { InputNotices } from '../../tasks/structures/input-notices.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addInputOptions, type InputOptions, toReadOptions } from '../input/input-options.js';
import { addOutputOptions, type OutputOptions, parseNatural } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';

interface Options extends OutputOptions, SplitOptions, InputOptions {
  readonly parts: readonly Part[];
  readonly group?: string;
}

const defaultParts: readonly Part[] = [
  { name: 'train', fraction: 0.9 },
  { name: 'validation', fraction: 0.1 },
];

/** `lamm data split`: distributes the frames of files over several new ones. */
export function registerDataSplit(command: Command): void {
  command
    .argument('<files...>', 'structures in any known format, or folders of such files')
    .addOption(
      new Option('--parts <name=fraction,...>', 'names and fractions of the parts')
        .argParser(parseParts)
        .default(defaultParts, 'train=0.9,validation=0.1'),
    )
    .addOption(
      new Option(
        '--by <method>',
        'random: shuffled by --seed; hash: by the content, so a frame keeps its part when the set grows',
      )
        .choices(['random', 'hash'])
        .default('random'),
    )
    .addOption(new Option('--seed <number>', 'another number gives another split').argParser(parseNatural).default(0))
    .option(
      '--group <key>',
      'keep frames together that have the same value of this key, or "formula" for the same formula',
    )
    .action(dataSplit);
  addInputOptions(command);
  addOutputOptions(command, 'name of the outputs, to which -PART is added; it ends in .extxyz or .cif (and .gz)');
}

async function dataSplit(paths: string[], options: Options): Promise<void> {
  const { parts, by, seed, json } = options;
  if (paths.includes('-'))
    throw new LammError('usage', 'expected files, found the standard input; a split reads its input several times');
  const outputs = outputPaths(paths[0], options);
  const readOptions = toReadOptions(options);
  const { files, groups } = await groupFrames(paths, options, readOptions);
  const assigned = splitFrames(groups, parts, { by, seed });
  const results = [];
  for (const [part, { name, fraction }] of parts.entries()) {
    const out = outputs[part];
    await writeStructures(out, takePart(readAll(files, readOptions), assigned, part));
    const frames = assigned.reduce((sum, value) => sum + Number(value === part), 0);
    results.push({ name, fraction, frames, out });
    if (!json) print(`${out}: ${countOf(frames, 'frame')} (${((100 * frames) / groups.length).toFixed(1)} %)`);
  }
  const groupCount = new Set(groups).size;
  if (json) printJson({ frames: groups.length, groups: groupCount, by, seed, parts: results });
  else remark(`${countOf(groups.length, 'frame')} in ${countOf(groupCount, 'group')}, by ${by}, seed ${seed}`);
}

/** The group of every frame, and the files that they are in: those that can be read. */
async function groupFrames(
  paths: readonly string[],
  { group, strict }: Options,
  readOptions: ReadOptions,
): Promise<{ readonly files: readonly string[]; readonly groups: readonly string[] }> {
  const all = paths.flatMap(expandFolder);
  const notices = new InputNotices(all, strict);
  const files: string[] = [];
  const groups: string[] = [];
  for (const file of all) {
    const own: string[] = [];
    try {
      for await (const structure of readAll([file], { ...readOptions, onNotice: notices.of(file) }))
        own.push(groupOf(structure, groups.length + own.length, group));
    } catch (error) {
      notices.skip(error);
      continue;
    }
    files.push(file);
    for (const name of own) groups.push(name);
  }
  notices.tell(remark);
  return { files, groups };
}

/** Names of all outputs, none of which is taken and all of which can hold many frames. */
function outputPaths(input: string, { out, parts, force }: Options): string[] {
  const ending = /\.[^./\\]+(?:\.gz)?$/i.exec(out ?? '')?.[0] ?? '.extxyz';
  const stem = out?.slice(0, out.endsWith(ending) ? -ending.length : undefined);
  const format = writableFormatOfName(`part${ending}`);
  if (format === undefined || format === 'poscar') {
    throw new LammError('usage', '--out: expected a name that ends in .extxyz or .cif, which can hold many frames', {
      file: out,
    });
  }
  return parts.map(({ name }) =>
    resolveOutputPath({
      input,
      ...(stem !== undefined && { out: `${stem}-${name}${ending}` }),
      suffix: `-${name}${ending}`,
      force,
    }),
  );
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
  throw new LammError('usage', `--group: frame ${frame + 1} has no key "${key}"; keys found: ${found}`, {
    quantity: '--group',
  });
}

/** `train=0.9,validation=0.1` */
function parseParts(text: string): Part[] {
  const parts = text.split(',').map((entry): Part => {
    const [, name, fraction] = /^([\w.-]+)=(\d*\.?\d+)$/.exec(entry.trim()) ?? [];
    if (name === undefined || !(Number(fraction) > 0))
      throw new InvalidArgumentError('expected name=fraction,name=fraction, such as train=0.9,test=0.1');
    return { name, fraction: Number(fraction) };
  });
  const sum = parts.reduce((total, { fraction }) => total + fraction, 0);
  if (Math.abs(sum - 1) > 1e-6)
    throw new InvalidArgumentError(`expected fractions whose sum is 1, found ${Number(sum.toFixed(6))}`);
  if (new Set(parts.map(({ name }) => name)).size < parts.length)
    throw new InvalidArgumentError('expected a different name for each part');
  if (parts.length < 2 || parts.length > 100) throw new InvalidArgumentError('expected two parts or more');
  return parts;
}
