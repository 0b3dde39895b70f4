import { type Command, Option } from 'commander';
import { LammError } from '../../errors.js';
import { type DataSummary, describeFrame, type Range, summarise } from '../../io/describe.js';
import { detectFormat, iterateDetected } from '../../io/read-structures.js';
import { addInputOptions, type InputOptions, toReadOptions } from '../input/input-options.js';
import { parsePositive } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { plainWord } from '../output/plain-text.js';
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
    .argument('<files...>', 'structures in any known format, or folders that are one set; - for the standard input')
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

async function dataInfo(files: string[], options: Options): Promise<void> {
  assertOptions(options);
  const { json, full, symmetry, tolerance } = options;
  const readOptions = { ...toReadOptions(options), onNotice: remark };
  const reports: object[] = [];
  for (const [index, file] of files.entries()) {
    const detected = await detectFormat(file);
    const { format } = detected;
    const tally = symmetry ? createSymmetryTally(file, tolerance) : undefined;
    const refused: string[] = []; // other blocks of a CIF can still be of use
    const onRefused = format === 'cif' ? ({ message }: LammError) => refused.push(message) : undefined;
    const structures = iterateDetected(detected, file, { ...readOptions, onRefused });
    if (full) {
      const frames = [];
      for await (const structure of structures) {
        frames.push({ ...describeFrame(structure), ...(tally && { symmetry: tally.add(structure) }) });
      }
      reports.push({ file, format, frames, ...(refused.length > 0 && { refused }) });
      continue;
    }
    const summary = await summarise(tally?.follow(structures) ?? structures);
    if (json)
      reports.push({
        file,
        format,
        ...summary,
        ...(tally && { symmetry: tally.counts() }),
        ...(refused.length > 0 && { refused }),
      });
    else {
      const text = formatSummary({ file, format, summary, symmetry: tally?.counts() ?? [] });
      print(index === 0 ? text : `\n${text}`);
    }
    for (const message of refused) remark(`refused: ${message}`);
  }
  if (json) printJson(reports.length === 1 ? reports[0] : reports);
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
  const { frameCount, elements, atomCount, labelled, energyPerAtom, energySources, forces, ignoredKeys } = summary;
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
  if (ignored.length > 0)
    rows.push(['not used', `${ignored.join(', ')}: only energy, forces and stress are read as labels`]);
  rows.push(...symmetry.map((count, index) => [index === 0 ? 'symmetry' : '', formatSymmetry(count)] as const));
  return rows.map(([label, text]) => `${label.padEnd(14)}${plainWord(text)}`).join('\n');
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
