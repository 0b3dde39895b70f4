import type { Command } from 'commander';
import { LammError } from '../../errors.js';
import { plainWord } from '../../report/plain-text.js';
import type { DataSummary, Range } from '../../structure/data-summary.js';
import { type FileInfo, runDataInfoTask } from '../../tasks/data/info/run.js';
import { dataInfoTask } from '../../tasks/data/info/schema.js';
import type { SymmetryCount } from '../../tasks/data/info/symmetry-tally.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark, spelled } from '../output/output.js';

/** Runs `lamm data info` for files. */
export async function dataInfo(
  paths: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, dataInfoTask);
  if (given.full && !json)
    throw new LammError('usage', '--full needs --json; it lists every atom', { quantity: 'full' });
  const records: object[] = [];
  for await (const info of runDataInfoTask(paths, given, { tell: remark })) {
    if (!json && info.summary) print(`${records.length === 0 ? '' : '\n'}${formatSummary(info, info.summary)}`);
    records.push(recordOf(info));
  }
  if (json) printJson(records.length === 1 ? records[0] : records);
}

function recordOf({ file, format, frames, summary, symmetry, refused }: FileInfo): object {
  const found = frames === undefined ? { ...summary, ...(symmetry && { symmetry }) } : { frames };
  return { file, format, ...found, ...(refused.length > 0 && { refused: refused.map(spelled) }) };
}

function formatSummary({ file, format, symmetry = [] }: FileInfo, summary: DataSummary): string {
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
