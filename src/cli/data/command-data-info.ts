import { type Command, Option } from 'commander';
import { LammError } from '../../errors.js';
import { expandFolder } from '../../io/data-folder.js';
import { type DataSummary, describeFrame, type Range, summarise } from '../../io/describe.js';
import { splitFrameChoice } from '../../io/frame-choice.js';
import { detectFormat, iterateDetected, type ReadOptions, readChosen } from '../../io/read-structures.js';
import { plainWord } from '../../report/plain-text.js';
import type { Structure } from '../../structure/structure.js';
import { InputNotices } from '../../tasks/structures/input-notices.js';
import { addInputOptions, type InputOptions, toReadOptions } from '../input/input-options.js';
import { parsePositive } from '../input/shared-options.js';
import { print, printJson, remark, spelled } from '../output/output.js';
import { createSymmetryTally, type SymmetryCount } from './symmetry-tally.js';

interface Options extends InputOptions {
  readonly json?: boolean;
  readonly full?: boolean;
  readonly symmetry?: boolean;
  readonly tolerance?: number;
}

/** `lamm data info`: what files of structures hold, and which labels are read from them. */
export function registerDataInfo(command: Command): void {
  command
    .argument(
      '<files...>',
      'structures in any known format, FILE@2 the second of a file, or folders of such files; - for the standard input',
    )
    .option('--json', 'print one JSON object on stdout (an array of them for several files)')
    .option('--full', 'with --json: every frame with its positions and labels')
    .option('--symmetry', 'the space groups of the frames that are periodic in all directions')
    .addOption(
      new Option(
        '--tolerance <number>',
        'with --symmetry: how far atoms may be off their places, in A (default: 0.001)',
      ).argParser(parsePositive),
    );
  addInputOptions(command).action(dataInfo);
}

async function dataInfo(paths: string[], options: Options): Promise<void> {
  assertOptions(options);
  const readOptions = toReadOptions(options);
  const files = paths.flatMap(expandFolder);
  const notices = new InputNotices(files, options.strict);
  const reports: object[] = [];
  for (const file of files) {
    try {
      const report = await describeFile(file, { ...options, readOptions, notices });
      if ('text' in report) print(reports.length === 0 ? report.text : `\n${report.text}`);
      reports.push(report);
    } catch (error) {
      notices.skip(error);
    }
  }
  notices.tell(remark);
  if (options.json) printJson(reports.length === 1 ? reports[0] : reports);
}

interface FileOptions extends Options {
  readonly readOptions: ReadOptions;
  readonly notices: InputNotices;
}

async function* oneOf(structure: Promise<Structure>): AsyncGenerator<Structure> {
  yield await structure;
}

/** What a file holds: every frame, a summary of them, or that as a text. */
async function describeFile(
  path: string,
  { json, full, symmetry, tolerance, readOptions, notices }: FileOptions,
): Promise<object | { readonly text: string }> {
  const { file, wanted } = splitFrameChoice(path);
  const detected = await detectFormat(file);
  const { format } = detected;
  const tally = symmetry ? createSymmetryTally(file, tolerance) : undefined;
  const refused: string[] = []; // other blocks of a CIF can still be of use
  const onRefused = format === 'cif' ? ({ message }: LammError) => refused.push(spelled(message)) : undefined;
  const choice = { ...readOptions, onNotice: notices.of(file), onRefused };
  const structures =
    wanted === undefined
      ? iterateDetected(detected, file, choice)
      : oneOf(readChosen(detected, { file, wanted }, choice));
  const found = { file: path, format };
  if (full) {
    const frames = [];
    for await (const structure of structures)
      frames.push({ ...describeFrame(structure), ...(tally && { symmetry: tally.add(structure) }) });
    return { ...found, frames, ...(refused.length > 0 && { refused }) };
  }
  const summary = await summarise(tally?.follow(structures) ?? structures);
  const counts = tally?.counts();
  if (json)
    return { ...found, ...summary, ...(counts && { symmetry: counts }), ...(refused.length > 0 && { refused }) };
  for (const message of refused) notices.refuse(message);
  return { text: formatSummary({ ...found, summary, symmetry: counts ?? [] }) };
}

function assertOptions({ json, full, symmetry, tolerance }: Options): void {
  if (full && !json) throw new LammError('usage', '--full needs --json; it lists every atom', { quantity: '--full' });
  if (tolerance !== undefined && !symmetry) {
    throw new LammError('usage', '--tolerance needs --symmetry; nothing else depends on it', {
      quantity: '--tolerance',
    });
  }
}

interface Report {
  readonly file: string;
  readonly format: string;
  readonly summary: DataSummary;
  readonly symmetry: readonly SymmetryCount[];
}

function formatSummary({ file, format, summary, symmetry }: Report): string {
  const { frameCount, elements, atomCount, labelled, energyPerAtom, energySources, forces, stress } = summary;
  const { ignoredKeys, otherKeys } = summary;
  const ignored = Object.entries(ignoredKeys).map(([key, count]) => `${key} (${count})`);
  const rows: (readonly [label: string, text: string])[] = [
    ['file', `${file} (${format})`],
    ['frames', String(frameCount)],
    ['elements', elements.join(' ')],
    ['atoms', formatRange(atomCount, 1)],
    ['with energy', String(labelled.energy)],
    ['with forces', String(labelled.forces)],
    ['with stress', String(labelled.stress)],
  ];
  if (energyPerAtom) rows.push(['energy', `${formatRange(energyPerAtom, 4)} eV/atom`]);
  const sources = Object.entries(energySources).map(([source, count]) => `${source} (${count})`);
  if (sources.length > 0) rows.push(['energy is', sources.join(', ')]);
  if (forces) rows.push(['forces', `rms ${forces.rms.toFixed(3)}, max ${forces.max.toFixed(3)} eV/A`]);
  if (stress) {
    const { pressure, max } = stress;
    const doubt = max > unusualStress ? '; beyond reason: it is read in eV/A^3, and may be in kbar (VASP) or GPa' : '';
    rows.push(['stress', `pressure ${formatRange(pressure, 2)} GPa, largest component ${max.toFixed(2)} GPa${doubt}`]);
  }
  const others = Object.entries(otherKeys).map(([key, count]) => `${key} (${count})`);
  if (others.length > 0) rows.push(['other keys', `${listKeys(others)}: kept, but nothing here uses them`]);
  if (ignored.length > 0)
    rows.push(['not used', `${ignored.join(', ')}: only energy, forces and stress are read as labels`]);
  rows.push(...symmetry.map((count, index) => [index === 0 ? 'symmetry' : '', formatSymmetry(count)] as const));
  return rows.map(([label, text]) => `${label.padEnd(14)}${plainWord(text)}`).join('\n');
}

/** Stress in GPa that hardly any calculation is for. */
const unusualStress = 1000;

const maxKeys = 12;

function listKeys(keys: readonly string[]): string {
  const rest = keys.length - maxKeys;
  return keys.slice(0, maxKeys).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function formatSymmetry({ group, frames }: SymmetryCount): string {
  const count = `${frames} ${frames === 1 ? 'frame' : 'frames'}`;
  if (group === null) return `${count} not periodic in all directions`;
  const { symbol, number, hallNumber, pointGroup } = group;
  return `${symbol} (${number}), Hall number ${hallNumber}, point group ${pointGroup}: ${count}`;
}

function formatRange({ min, mean, max }: Range, digits: number): string {
  if (min === max) return String(Number(min.toFixed(digits)));
  return `${Number(min.toFixed(digits))} to ${Number(max.toFixed(digits))}, mean ${mean.toFixed(digits)}`;
}
