import { type Command, Option } from 'commander';
import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { type WritableFormat, writableFormatOfName } from '../../io/formats.js';
import { iterateStructures } from '../../io/read-structures.js';
import { atPlace } from '../../io/text/place-error.js';
import { writeStructures } from '../../io/write-structures.js';
import type { Structure } from '../../structure/structure.js';
import { standardCell } from '../../structure/symmetry.js';
import { InputNotices } from '../../tasks/structures/input-notices.js';
import { keysOf, lostKeys } from '../../tasks/structures/output-format.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addInputOptions, type InputOptions, toReadOptions } from '../input/input-options.js';
import { addOutputOptions, type OutputOptions, parsePositive } from '../input/shared-options.js';
import { print, printJson, remark, spelled } from '../output/output.js';

interface Options extends OutputOptions, InputOptions {
  readonly to?: WritableFormat;
  readonly index?: string;
  readonly skipRefused?: boolean;
  readonly cell?: CellKind;
  readonly tolerance?: number;
}

type CellKind = 'primitive' | 'conventional';

/** `lamm data convert`: writes structures of any known format in another one, with all their labels. */
export function registerDataConvert(command: Command): void {
  command
    .argument(
      '<files...>',
      'structures in any known format, FILE@2 the second of a file, or folders of such files, written one after another; - for the standard input',
    )
    .addOption(
      new Option('--to <format>', 'format to write, where the name does not say it').choices([
        'extxyz',
        'cif',
        'poscar',
      ] satisfies WritableFormat[]),
    )
    .option('--index <range>', 'one frame of each file by number from 0, or a range such as 0:100:10')
    .option(
      '--skip-refused',
      'leave out the records of an SD file and the blocks of a CIF that are no structures, and count them',
    )
    .addOption(
      new Option('--cell <kind>', 'write crystals in the standard cell of their space group, without labels').choices([
        'primitive',
        'conventional',
      ] satisfies CellKind[]),
    )
    .addOption(
      new Option(
        '--tolerance <number>',
        'with --cell: how far atoms may be off their places, in A (default: 0.001)',
      ).argParser(parsePositive),
    )
    .action(dataConvert);
  addInputOptions(command);
  addOutputOptions(command, 'output file; its ending says the format (.extxyz, .cif or .vasp, and .gz)');
}

/** What was written, and what could not be. */
interface Tally {
  frames: number;
  atoms: number;
  readonly labelled: { energy: number; forces: number; stress: number };
  /** Values that the format or another cell cannot hold, with the number of frames that have them. */
  readonly leftOut: Map<string, number>;
  readonly refused: LammError[];
}

async function dataConvert(files: string[], options: Options): Promise<void> {
  if (options.tolerance !== undefined && options.cell === undefined)
    throw new LammError('usage', '--tolerance needs --cell; nothing else depends on it', { quantity: '--tolerance' });
  const { out: given, to, force } = options;
  const suffix = { extxyz: '.extxyz', cif: '.cif', poscar: '.vasp' }[to ?? 'extxyz'];
  const out = resolveOutputPath({ input: files[0], out: given, suffix, force });
  const format = to ?? writableFormatOfName(out);
  if (format === undefined) {
    throw new LammError('usage', '--out: let the name end in .extxyz, .cif or .vasp, or give --to', { file: out });
  }
  const tally: Tally = {
    frames: 0,
    atoms: 0,
    labelled: { energy: 0, forces: 0, stress: 0 },
    leftOut: new Map(),
    refused: [],
  };
  await writeStructures(out, convertFrames(files, format, { options, tally }), { format });
  const { frames, atoms, labelled, refused } = tally;
  const leftOut = Object.fromEntries(tally.leftOut);
  if (options.json) {
    printJson({
      out,
      format,
      frames,
      atoms,
      labelled,
      leftOut,
      refused: refused.map(({ message }) => spelled(message)),
    });
    return;
  }
  print(
    `${out} (${format}): ${countOf(frames, 'frame')}, ${countOf(atoms, 'atom')}; with energy ${labelled.energy}, forces ${labelled.forces}, stress ${labelled.stress}`,
  );
  const names = Object.entries(leftOut).map(([name, count]) => `${name} (${count})`);
  const reason = options.cell ? 'they do not fit the new cell' : `${format} cannot hold them`;
  if (names.length > 0) remark(`left out, for ${reason}: ${names.join(', ')}`);
  for (const { message } of refused) remark(`refused: ${message}`);
}

async function* convertFrames(
  paths: readonly string[],
  format: WritableFormat,
  { options, tally }: { readonly options: Options; readonly tally: Tally },
): AsyncGenerator<Structure> {
  const { index, skipRefused, cell, tolerance } = options;
  const onRefused = skipRefused ? (error: LammError) => tally.refused.push(error) : undefined;
  const readOptions = { ...toReadOptions(options), index, onRefused };
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files, options.strict);
  async function* readFile(file: string): AsyncGenerator<Structure> {
    let frame = 0;
    for await (const structure of iterateStructures(file, { ...readOptions, onNotice: notices.of(file) })) {
      frame++;
      if (structure.numbers.length > 0) {
        const written = cell ? atPlace({ file }, () => standardCell(structure, cell, tolerance)) : structure;
        count(tally, written, cell ? keysOf(structure) : lostKeys(structure, format)); // another cell holds the atoms alone
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
  notices.tell(remark);
}

function count(tally: Tally, structure: Structure, lost: readonly string[]): void {
  tally.frames++;
  tally.atoms += structure.numbers.length;
  for (const name of ['energy', 'forces', 'stress'] as const) {
    tally.labelled[name] += Number(structure.labels[name] !== undefined && !lost.includes(name));
  }
  for (const name of lost) tally.leftOut.set(name, (tally.leftOut.get(name) ?? 0) + 1);
}
