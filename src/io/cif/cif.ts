import { chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import type { FormatOptions } from '../format.js';
import type { StreamOptions } from '../text/chunk-parser.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import { type CifBlock, parseCifBlocks } from './blocks.js';
import { countsOfFormula } from './elements-of-sites.js';
import { expandSites } from './expand.js';
import { holdsModels, readModels } from './macromolecule.js';
import { readCell } from './read-cell.js';
import { type CifSites, readSites } from './sites.js';
import { readSymmetry } from './symmetry.js';
import { isMissing, numberOf, valueOf } from './values.js';

/** What the reader of a CIF heeds. */
export type CifOptions = StreamOptions & Pick<FormatOptions, 'occupancy' | 'onNotice' | 'onRefused'>;

/**
 * Reads every data block of a CIF that holds atoms as one full unit cell: symmetry applied, special positions merged.
 * Macromolecules (mmCIF) are one structure for each model, as listed.  `info.name` is the name of the block,
 * `arrays.magmoms` are magnetic moments in Bohr magnetons (Cartesian, [N x 3]).
 *
 * @throws {LammError} with `file` and line: `format`, `unknown-element`, or `structure` for partial occupancy and mixed
 *   sites.  With `onRefused`, only when no block can be read.
 */
export function parseCif(text: string, options: CifOptions = {}): Structure[] {
  return [...iterateCif(text, options)];
}

/** Reads a CIF as `parseCif`, one structure after another: `onRefused` is called in their order. */
export function* iterateCif(text: string, options: CifOptions = {}): Generator<Structure> {
  const { file, budget, onNotice, onRefused } = options;
  const { blocks, errors, notes, lastLine } = parseCifBlocks(text, file, budget);
  for (const note of notes) onNotice?.(note);
  let count = 0;
  let firstError: LammError | undefined;
  for (const block of blocks) {
    if (!errors.has(block) && !holdsAtoms(block)) continue;
    const structures = attempt(() => {
      const broken = errors.get(block);
      if (broken) throw broken;
      return readBlock(block, options, (note) => onNotice?.(`${nameOf(block, blocks.length)}${note}`));
    });
    if (structures instanceof LammError) {
      if (onRefused === undefined) throw structures;
      firstError ??= structures;
      onRefused(structures);
    } else {
      count += structures.length;
      yield* structures;
    }
  }
  if (count === 0) throw firstError ?? noAtoms(file, lastLine);
}

function attempt<Result>(action: () => Result): Result | LammError {
  try {
    return action();
  } catch (error) {
    if (error instanceof LammError) return error;
    throw error;
  }
}

/** Which of several blocks a notice is about. */
function nameOf({ name }: CifBlock, count: number): string {
  return count > 1 ? `block ${quote(name)}: ` : '';
}

function noAtoms(file: string | undefined, line: number): LammError {
  const message = 'expected a CIF with coordinates of atoms (_atom_site_fract_x or _atom_site_Cartn_x), found none';
  return new LammError('format', message, { file, line });
}

/** Whether a block has a place for at least one atom; some have a loop of question marks. */
function holdsAtoms(block: CifBlock): boolean {
  const { tables, items } = block;
  if (tables.size === 0 && items.size === 0) return false;
  const hasPlaces = ['_atom_site_fract_x', '_atom_site_cartn_x'].some((tag) => {
    const table = tables.get(tag);
    const column = table?.tags.indexOf(tag);
    const isListed = table?.values.some((token, index) => index % table.tags.length === column && !isMissing(token));
    return isListed || (items.has(tag) && !isMissing(items.get(tag)?.[0]));
  });
  return hasPlaces || holdsModels(block);
}

function readBlock(
  block: CifBlock,
  { file, occupancy = 'error' }: CifOptions,
  onNotice: (notice: string) => void,
): readonly Structure[] {
  if (holdsModels(block)) {
    const { structures, notes } = readModels(block, occupancy, file);
    notes.forEach(onNotice);
    return structures;
  }
  const cell = readCell(block, file);
  const sites = readSites(block, cell, file);
  const symmetry = readSymmetry(block, cell, file);
  const structure = atPlace({ file, line: sites.sites[0].line }, () => {
    const options = { cell: cell.vectors, occupancy };
    const { numbers, positions, masses, moments, notes } = expandSites(sites.sites, symmetry.groups, options);
    const place = { file, line: symmetry.line };
    assertComposition(block, numbers, { sites, doubt: symmetry.doubt, place, isOrdered: notes.length === 0 });
    const assumed = isModulated(block) ? ['the structure is modulated: its average was read'] : [];
    const doubts = notes.length === 0 ? contradictionOfFormula(block, numbers, file) : [];
    for (const note of [...assumed, ...symmetry.notes, ...sites.notes, ...notes, ...doubts]) onNotice(note);
    return createStructure({
      numbers,
      ...(masses && { masses }),
      positions,
      cell: cell.vectors,
      ...(block.name !== '' && { info: { name: block.name } }),
      ...(moments && { arrays: { magmoms: { width: 3, values: moments } } }),
    });
  });
  return [structure];
}

function isModulated({ items }: CifBlock): boolean {
  return Number(items.get('_cell_modulation_dimension')?.[0].text) > 0;
}

interface Doubts {
  readonly sites: CifSites;
  /** Why the symmetry may be wrong. */
  readonly doubt?: string;
  readonly place: { readonly file?: string; readonly line: number };
  /** Whether all atoms are there, so that the composition can be that of the formula. */
  readonly isOrdered: boolean;
}

/**
 * What is in doubt must at least give the composition of the block: symmetry where that is known, and atoms that are
 * said to be there without a position in any case.
 */
function assertComposition(
  block: CifBlock,
  numbers: readonly number[],
  { sites, doubt, place, isOrdered }: Doubts,
): void {
  const { incomplete } = sites;
  if (doubt === undefined && incomplete === undefined) return;
  const units = isOrdered ? readFormulaUnits(block, place.file) : undefined;
  const isRight = units && hasComposition(numbers, units);
  if (incomplete && !isRight) throw incomplete;
  if (units === undefined || isRight) return;
  const message = `the atoms do not make up ${units.count} formula units of ${units.formula.trim()}: ${doubt}`;
  throw new LammError('format', message, place);
}

/** What the sum formula says against the atoms: other elements or other proportions of them. */
function contradictionOfFormula(block: CifBlock, numbers: readonly number[], file: string | undefined): string[] {
  const formula = valueOf(block, '_chemical_formula_sum', file);
  const expected = new Map(countsOfFormula(formula?.text ?? ''));
  if (formula === undefined || expected.size === 0) return [];
  const found = countsOf(numbers);
  const symbols = [...new Set([...expected.keys(), ...found.keys()])];
  const ratios = symbols.map((symbol) => (found.get(symbol) ?? 0) / (expected.get(symbol) ?? 0));
  if (ratios.every((ratio) => Number.isFinite(ratio) && Math.abs(ratio / ratios[0] - 1) < 0.01)) return [];
  const listed = [...found].map(([symbol, count]) => `${symbol}${count}`).join(' ');
  return [
    `the atoms (${listed}) do not make up the formula ${formula.text.trim()}: some may be missing or stand twice`,
  ];
}

function countsOf(numbers: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const number of numbers) counts.set(chemicalSymbols[number], (counts.get(chemicalSymbols[number]) ?? 0) + 1);
  return counts;
}

interface FormulaUnits {
  readonly formula: string;
  /** In a cell. */
  readonly count: number;
}

function readFormulaUnits(block: CifBlock, file: string | undefined): FormulaUnits | undefined {
  const formula = valueOf(block, '_chemical_formula_sum', file);
  const units = valueOf(block, '_cell_formula_units_z', file);
  if (formula === undefined || units === undefined) return undefined;
  return { formula: formula.text, count: numberOf(units, '_cell_formula_units_Z', file) };
}

function hasComposition(numbers: readonly number[], { formula, count }: FormulaUnits): boolean {
  const expected = new Map(countsOfFormula(formula));
  const found = countsOf(numbers);
  return [...new Set([...expected.keys(), ...found.keys()])].every(
    (symbol) => Math.abs((expected.get(symbol) ?? 0) * count - (found.get(symbol) ?? 0)) < 0.01,
  );
}
