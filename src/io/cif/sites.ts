import { atomicNumber } from '../../elements.js';
import { LammError } from '../../errors.js';
import { inverse3, rowTimesMatrix3 } from '../../linalg/matrix3.js';
import { quote } from '../text-cursor.js';
import type { CifBlock, CifTable } from './blocks.js';
import { countsOfFormula, elementOfLabel, elementOfType } from './elements-of-sites.js';
import type { CifCell } from './symmetry.js';
import type { CifToken } from './tokenize.js';
import { isMissing, numberOf, tableWith, valueOf } from './values.js';

/** An atom of the asymmetric unit. */
export interface CifSite {
  readonly label: string;
  readonly number: number;
  /** Fractional coordinates, [3]. */
  readonly fractional: readonly number[];
  readonly line: number;
}

/** How far an occupancy may be from 1 and still be full. */
const occupancyTolerance = 2e-3;

/**
 * The sites of a block, all of them fully occupied by one known element.
 *
 * @throws {LammError} with `file` and line for a site without coordinates, element or full occupancy.
 */
export function readSites(block: CifBlock, cell: CifCell, file: string | undefined): CifSite[] {
  const axes = ['x', 'y', 'z'].map((axis) => `_atom_site_fract_${axis}`);
  const isFractional = block.tables.has(axes[0]);
  const tags = isFractional ? axes : axes.map((tag) => tag.replace('fract', 'cartn'));
  const table = tableWith(block, tags[0], file);
  if (table === undefined) throw new LammError('format', `expected a loop with ${tags[0]}`, { file, line: block.line });
  if (table.tags.includes('_atom_site_label_comp_id') || table.tags.includes('_atom_site_auth_asym_id')) {
    throw new LammError(
      'format',
      'this is a macromolecular CIF (mmCIF), which is not read; expected a crystal structure',
      { file, line: table.line },
    );
  }
  const formulaToken = valueOf(block, '_chemical_formula_sum', file);
  const formula = formulaToken && new Set(countsOfFormula(formulaToken.text).map(([symbol]) => symbol));
  const inverse = inverse3(cell.vectors);
  const sites = rowsOf(table).flatMap((row) => {
    const label = labelOf(row);
    const line = row.get(tags[0])?.line ?? table.line;
    const isDummy = row.get('_atom_site_calc_flag')?.text.toLowerCase() === 'dum';
    if (isDummy && tags.every((tag) => isMissing(row.get(tag)))) return [];
    assertNoImpliedAtoms(row, label, isDummy, { file, line });
    const coordinates = tags.map((tag) => readCoordinate(row, tag, label, { file, line }));
    assertFullOccupancy(row, label, file);
    const fractional = isFractional ? coordinates : Array.from(rowTimesMatrix3(coordinates, inverse));
    return [{ label, number: readElement(row, formula, { file, line }), fractional, line }];
  });
  if (sites.length > 0) return sites;
  throw new LammError('format', 'expected atoms in the loop of _atom_site, found none', { file, line: table.line });
}

type Row = ReadonlyMap<string, CifToken>;
interface SitePlace {
  readonly file: string | undefined;
  readonly line: number;
}

function* rows(table: CifTable): Generator<Row> {
  const width = table.tags.length;
  for (let start = 0; start < table.values.length; start += width) {
    yield new Map(table.tags.map((tag, column) => [tag, table.values[start + column]]));
  }
}

function rowsOf(table: CifTable): Row[] {
  return [...rows(table)];
}

function labelOf(row: Row): string {
  const token = row.get('_atom_site_label') ?? row.get('_atom_site_type_symbol');
  return token === undefined ? '?' : token.text;
}

function readCoordinate(row: Row, tag: string, label: string, place: SitePlace): number {
  const token = row.get(tag);
  if (token === undefined || isMissing(token)) {
    throw new LammError(
      'format',
      `the site ${quote(label)} has no ${tag}; give its position or take the site out`,
      place,
    );
  }
  return numberOf(token, `${tag} of the site ${quote(label)}`, place.file);
}

/** Hydrogen atoms without coordinates would be missing in the structure. */
function assertNoImpliedAtoms(row: Row, label: string, isDummy: boolean, place: SitePlace): void {
  if (isDummy) {
    const message = `the site ${quote(label)} is a dummy (calc_flag dum), so its position is not known; give its position or take it out`;
    throw new LammError('structure', message, place);
  }
  const attached = row.get('_atom_site_attached_hydrogens');
  if (attached === undefined || isMissing(attached) || !(Number(attached.text) > 0)) return;
  const message = `the site ${quote(label)} carries ${attached.text} hydrogen atoms without positions; add them as sites`;
  throw new LammError('structure', message, place);
}

function assertFullOccupancy(row: Row, label: string, file: string | undefined): void {
  const token = row.get('_atom_site_occupancy');
  if (token === undefined || isMissing(token)) return;
  const occupancy = numberOf(token, `the occupancy of the site ${quote(label)}`, file);
  if (Math.abs(occupancy - 1) < occupancyTolerance) return;
  throw new LammError(
    'structure',
    `the site ${quote(label)} has occupancy ${occupancy}; expected 1, since a simulation needs every atom: choose one ordered arrangement`,
    { file, line: token.line, quantity: 'occupancy' },
  );
}

function readElement(row: Row, formula: ReadonlySet<string> | undefined, place: SitePlace): number {
  const type = row.get('_atom_site_type_symbol');
  const label = row.get('_atom_site_label');
  const known = !isMissing(type) && type !== undefined;
  const symbol = known
    ? elementOfType(type.text)
    : label === undefined || isMissing(label)
      ? undefined
      : elementOfLabel(label.text, formula);
  if (symbol !== undefined) return atomicNumber(symbol);
  if (known && /[A-Za-z].*\+.*[A-Za-z]/.test(type.text)) {
    const message = `the site ${quote(labelOf(row))} is shared by ${quote(type.text)}; expected one element: choose one ordered arrangement`;
    throw new LammError('structure', message, { ...place, quantity: 'occupancy' });
  }
  const found = known ? `_atom_site_type_symbol ${quote(type.text)}` : `the label ${quote(label?.text ?? '?')}`;
  throw new LammError(
    'unknown-element',
    `expected a chemical element, found ${found}; give _atom_site_type_symbol such as Cu`,
    place,
  );
}
