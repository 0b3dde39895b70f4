import type { Command } from 'commander';
import { LammError } from '../errors.js';
import type { DataSummary, Range } from '../io/describe.js';

interface Options {
  readonly json?: boolean;
  readonly full?: boolean;
}

/** `lamm data info`: what files of structures hold, and which labels are read from them. */
export function registerDataInfo(data: Command): void {
  data
    .command('info')
    .description('frames, elements, sizes, labels and their ranges')
    .argument('<files...>', 'structures in any known format; - for the standard input')
    .option('--json', 'print one JSON object on stdout (an array of them for several files)')
    .option('--full', 'with --json: every frame with its positions and labels')
    .action(dataInfo);
}

async function dataInfo(files: string[], { json, full }: Options): Promise<void> {
  if (full && !json) throw new LammError('usage', '--full needs --json; it lists every atom', { quantity: '--full' });
  const { print, printJson } = await import('./output.js');
  const { detectFormat, iterateDetected } = await import('../io/read-structures.js');
  const { describeFrame, summarise } = await import('../io/describe.js');
  const reports: object[] = [];
  for (const file of files) {
    const detected = await detectFormat(file);
    const { format } = detected;
    if (full) {
      const frames = [];
      for await (const structure of iterateDetected(detected, file)) frames.push(describeFrame(structure));
      reports.push({ file, format, frames });
      continue;
    }
    const summary = await summarise(iterateDetected(detected, file));
    if (json) reports.push({ file, format, ...summary });
    else print(formatSummary(file, format, summary));
  }
  if (json) printJson(reports.length === 1 ? reports[0] : reports);
}

function formatSummary(file: string, format: string, summary: DataSummary): string {
  const { frameCount, elements, atomCount, labelled, energyPerAtom, forces, ignoredKeys } = summary;
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
  if (forces) rows.push(['forces', `rms ${forces.rms.toFixed(3)}, max ${forces.max.toFixed(3)} eV/A`]);
  if (ignored.length > 0)
    rows.push(['not used', `${ignored.join(', ')}: only energy, forces and stress are read as labels`]);
  return rows.map(([label, text]) => `${label.padEnd(14)}${text}`).join('\n');
}

function formatRange({ min, mean, max }: Range, digits: number): string {
  if (min === max) return String(Number(min.toFixed(digits)));
  return `${Number(min.toFixed(digits))} to ${Number(max.toFixed(digits))}, mean ${mean.toFixed(digits)}`;
}
