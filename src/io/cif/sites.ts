import { atomicNumber, isotopeMassOf } from '../../elements.js';
import { LammError } from '../../errors.js';
import { quote } from '../text/text-cursor.js';
import type { CifBlock } from './blocks.js';
import { fractionalOfCartesian } from './cartesian.js';
import { countsOfFormula, elementOfLabel, elementOfType, speciesOfMixture } from './elements-of-sites.js';
import { readMoments } from './moments.js';
import type { CifCell } from './read-cell.js';
import { type CifSite, occupancyTolerance } from './site.js';
import { isMissing, numberOf, rowsOf, type TableRow, tableWith, textOf, valueOf } from './values.js';

/** The sites of a block. */
export interface CifSites {
  readonly sites: readonly CifSite[];
  /**
   * Atoms that are said to be there without a position: only the composition of the block can show that none is
   * missing.
   */
  readonly incomplete?: LammError;
  readonly notes: readonly string[];
}

const fractionalTags = ['_atom_site_fract_x', '_atom_site_fract_y', '_atom_site_fract_z'];
const cartesianTags = ['_atom_site_cartn_x', '_atom_site_cartn_y', '_atom_site_cartn_z'];

/**
 * Reads the sites of a crystal, all of known element and position.
 *
 * @throws {LammError} with `file` and line for a site without coordinates or element, or with an occupancy that is not
 *   between 0 and 1.
 */
export function readSites(block: CifBlock, cell: CifCell, file: string | undefined): CifSites {
  const fractionalTable = tableWith(block, fractionalTags[0], file, '_atom_site_');
  const tags = fractionalTable ? fractionalTags : cartesianTags;
  const table = fractionalTable ?? tableWith(block, tags[0], file, '_atom_site_');
  if (table === undefined) throw new LammError('format', `expected a loop with ${tags[0]}`, { file, line: block.line });
  const toFractional = fractionalTable ? undefined : fractionalOfCartesian(block, cell, file);
  const formula = elementsOfFormula(block, file);
  const moments = readMoments(block, cell, file);
  const sites: CifSite[] = [];
  let incomplete: LammError | undefined;
  let emptyRows = 0;
  for (const row of rowsOf(table)) {
    const line = row.get(tags[0])?.line ?? table.line;
    const place = { file, line };
    incomplete ??= impliedAtoms(row, place);
    if (isDummy(row)) continue;
    if (isEmpty(row, tags)) {
      emptyRows++;
      continue;
    }
    const label = labelOf(row);
    const point = tags.map((tag) => readCoordinate(row, tag, { label, ...place }));
    const fractional = toFractional?.(point) ?? point;
    const shared = { label, fractional, ...disorderOf(row), line, moment: moments.of(label) };
    for (const species of speciesOf(row, formula, place)) sites.push({ ...shared, ...species });
  }
  const empty =
    emptyRows === 0 ? [] : [`rows without any value in the loop of sites are no atoms: ${emptyRows} left out`];
  if (sites.length > 0) return { sites, incomplete, notes: [...empty, ...moments.notes(sites)] };
  throw new LammError('format', 'expected atoms in the loop of _atom_site, found none', { file, line: table.line });
}

interface Place {
  readonly file: string | undefined;
  readonly line: number;
}

/** The elements of the sum formula, if there is one. */
function elementsOfFormula(block: CifBlock, file: string | undefined): ReadonlySet<string> | undefined {
  const token = valueOf(block, '_chemical_formula_sum', file);
  return token && new Set(countsOfFormula(token.text).map(([symbol]) => symbol));
}

function labelOf(row: TableRow): string {
  const token = row.get('_atom_site_label') ?? row.get('_atom_site_label_atom_id') ?? row.get('_atom_site_type_symbol');
  return token === undefined ? '?' : token.text;
}

/** Whether a row names no atom and no place: a line of dots or question marks. */
function isEmpty(row: TableRow, coordinates: readonly string[]): boolean {
  const names = ['_atom_site_label', '_atom_site_type_symbol', '_atom_site_label_atom_id'];
  return [...coordinates, ...names].every((tag) => isMissing(row.get(tag)));
}

function isDummy(row: TableRow): boolean {
  return row.get('_atom_site_calc_flag')?.text.toLowerCase() === 'dum';
}

function readCoordinate(row: TableRow, tag: string, { label, ...place }: Place & { label: string }): number {
  const token = row.get(tag);
  if (token !== undefined && !isMissing(token))
    return numberOf(token, () => `${tag} of the site ${quote(label)}`, place.file);
  const message = `the site ${quote(label)} has no ${tag}; give its position or take the site out`;
  throw new LammError('format', message, place);
}

/** Atoms without coordinates, which would be missing in the structure. */
function impliedAtoms(row: TableRow, place: Place): LammError | undefined {
  if (isDummy(row)) {
    if (fractionalTags.every((tag) => isMissing(row.get(tag)))) return undefined;
    const message = `the site ${quote(labelOf(row))} is a dummy (calc_flag dum), so its position is not known; give its position or take it out`;
    return new LammError('structure', message, place);
  }
  const attached = textOf(row.get('_atom_site_attached_hydrogens'));
  if (attached === undefined || !(Number(attached) > 0)) return undefined;
  const message = `the site ${quote(labelOf(row))} carries ${attached} hydrogen atoms without positions; add them as sites`;
  return new LammError('structure', message, place);
}

/** Disorder group 0 is the ordered rest of the crystal. */
function disorderOf(row: TableRow): Pick<CifSite, 'disorder'> {
  const group = textOf(row.get('_atom_site_disorder_group'));
  if (group === undefined || group === '0') return {};
  return { disorder: { assembly: textOf(row.get('_atom_site_disorder_assembly')) ?? '', group } };
}

type Element = Pick<CifSite, 'number' | 'mass'>;
type Species = Element & Pick<CifSite, 'occupancy'>;

/** The elements of a site, one but for type symbols such as `0.8Nb + 0.2Zr`. */
function speciesOf(row: TableRow, formula: ReadonlySet<string> | undefined, place: Place): Species[] {
  const occupancy = readOccupancy(row, place.file);
  const type = textOf(row.get('_atom_site_type_symbol'));
  const mixture = type === undefined ? undefined : speciesOfMixture(type);
  if (mixture === undefined) return [{ ...readElement(row, formula, place), occupancy }];
  return mixture.map(({ symbol, part }) => ({ ...elementOf(symbol), occupancy: part * occupancy }));
}

/** An occupancy that is not given is 1. */
export function readOccupancy(row: TableRow, file: string | undefined): number {
  const token = row.get('_atom_site_occupancy');
  if (token === undefined || isMissing(token)) return 1;
  const occupancy = numberOf(token, () => `the occupancy of the site ${quote(labelOf(row))}`, file);
  if (occupancy >= 0 && occupancy < 1 + occupancyTolerance) return Math.min(occupancy, 1);
  throw new LammError('structure', `the site ${quote(labelOf(row))} has occupancy ${occupancy}; expected 0 to 1`, {
    file,
    line: token.line,
    quantity: 'occupancy',
  });
}

/** @throws {LammError} `unknown-element` when neither the type symbol nor the label names an element. */
export function readElement(row: TableRow, formula: ReadonlySet<string> | undefined, place: Place): Element {
  const type = textOf(row.get('_atom_site_type_symbol'));
  const label = textOf(row.get('_atom_site_label') ?? row.get('_atom_site_label_atom_id'));
  const symbol =
    type === undefined ? (label === undefined ? undefined : elementOfLabel(label, formula)) : elementOfType(type);
  if (symbol !== undefined) return elementOf(symbol);
  const found = type === undefined ? `the label ${quote(label ?? '?')}` : `_atom_site_type_symbol ${quote(type)}`;
  const reason = reasonOf(type ?? label ?? '');
  throw new LammError(
    'unknown-element',
    `expected a chemical element, found ${found}${reason}; give _atom_site_type_symbol such as Cu`,
    place,
  );
}

function elementOf(symbol: string): Element {
  const mass = isotopeMassOf(symbol);
  return { number: atomicNumber(symbol), ...(mass !== undefined && { mass }) };
}

/** What a label means that is no element. */
function reasonOf(text: string): string {
  if (/^(?:wat|h2o|hoh|d2o)/i.test(text)) return ', a molecule of water: list its atoms';
  if (/^(?:oh|nh|ch)\d*$/i.test(text)) return ', a group of atoms: list each of them';
  if (/^[rx]\d*'?$/i.test(text)) return ', a group that is not said';
  if (/^(?:q|du)\d+/i.test(text)) return ', no atom: take it out';
  return '';
}
