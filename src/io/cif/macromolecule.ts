import { LammError } from '../../errors.js';
import { fractionalToCartesian } from '../../structure/cell.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import type { OccupancyChoice } from '../format.js';
import { atPlace } from '../text/place-error.js';
import type { CifBlock, CifTable } from './blocks.js';
import { fractionalOfCartesian } from './cartesian.js';
import { resolveDisorder } from './disorder.js';
import { distinctPlaces } from './expand.js';
import { readGroupNames } from './named-symmetry.js';
import { type CifCell, readCell } from './read-cell.js';
import { type CifSite, massesOfSites } from './site.js';
import { readElement, readOccupancy } from './sites.js';
import { numberOf, rowsOf, type TableRow, tableWith, textOf } from './values.js';

/** Models of a molecule, and what the user should know about them. */
export interface Models {
  readonly structures: readonly Structure[];
  readonly notes: readonly string[];
}

const atomSite = '_atom_site_';
const componentAtom = '_chem_comp_atom_';

/** Whether a block lists the atoms of macromolecules (mmCIF), or of a chemical component. */
export function holdsModels(block: CifBlock): boolean {
  const isModel = ['label_atom_id', 'auth_asym_id', 'label_comp_id'].some((tag) => hasTag(block, atomSite + tag));
  if (isModel && hasTag(block, `${atomSite}cartn_x`)) return true;
  return hasTag(block, `${componentAtom}atom_id`) && columnsOfComponent(block) !== undefined;
}

function hasTag({ tables, items }: CifBlock, tag: string): boolean {
  return tables.has(tag) || items.has(tag);
}

/**
 * Reads the models of an mmCIF block, one structure each, or the molecules of a chemical component.  The atoms are
 * those that are listed, in their own coordinates: crystal symmetry is not applied.  Only in the space group P 1 is the
 * structure periodic.
 *
 * @throws {LammError} with `file` and line: `format`, `unknown-element`, or `structure` for alternative locations.
 */
export function readModels(block: CifBlock, occupancy: OccupancyChoice, file: string | undefined): Models {
  const isComponent = !hasTag(block, `${atomSite}cartn_x`);
  const columns = isComponent
    ? (columnsOfComponent(block) ?? [])
    : ['x', 'y', 'z'].map((axis) => `${atomSite}cartn_${axis}`);
  const table = tableWith(block, columns[0], file, isComponent ? componentAtom : atomSite);
  if (table === undefined)
    throw new LammError('format', `expected a loop with ${columns[0]}`, { file, line: block.line });
  const crystal = isComponent ? undefined : crystalOf(block, file);
  const notes =
    crystal && !crystal.isPrimitive ? ['the atoms are those that are listed; crystal symmetry was not applied'] : [];
  const structures: Structure[] = [];
  for (const atoms of readAtoms(table, { columns, isComponent, file })) {
    const { structure, notes: more } = atPlace({ file, line: atoms[0].site.line }, () =>
      toStructure(atoms, occupancy, crystal),
    );
    structures.push(block.name === '' ? structure : { ...structure, info: { name: block.name } });
    notes.push(...more);
  }
  if (structures.length > 0) return { structures, notes };
  throw new LammError('format', `expected atoms in the loop of ${columns[0]}, found none`, { file, line: table.line });
}

/** Ideal coordinates, those of a model, or those of a library of monomers: the first that the first atom has. */
function columnsOfComponent({ tables, items }: CifBlock): string[] | undefined {
  const endings = [
    ['pdbx_model_cartn_x_ideal', 'pdbx_model_cartn_y_ideal', 'pdbx_model_cartn_z_ideal'],
    ['model_cartn_x', 'model_cartn_y', 'model_cartn_z'],
    ['x', 'y', 'z'],
  ];
  const isKnown = (tag: string) => {
    const table = tables.get(tag);
    return textOf(table ? table.values[table.tags.indexOf(tag)] : items.get(tag)?.[0]) !== undefined;
  };
  return endings.map((names) => names.map((name) => componentAtom + name)).find((tags) => tags.every(isKnown));
}

interface Crystal {
  readonly cell: CifCell;
  readonly toFractional: (point: readonly number[]) => number[];
  /** Whether the listed atoms are the whole cell. */
  readonly isPrimitive: boolean;
}

/** The crystal of a block; `undefined` when there is none, which mmCIF tells by a cell of 1 x 1 x 1. */
function crystalOf(block: CifBlock, file: string | undefined): Crystal | undefined {
  if (textOf(block.items.get('_cell_length_a')?.[0]) === undefined) return undefined;
  const cell = readCell(block, file);
  if (cell.lengths.every((length) => length === 1)) return undefined;
  const { name, number } = readGroupNames(block, file);
  const isPrimitive = name ? /^\s*p\s*1\s*$/i.test(name.text) : number?.value === 1;
  return { cell, toFractional: fractionalOfCartesian(block, cell, file), isPrimitive };
}

interface ModelAtom {
  readonly site: CifSite;
  /** In A, [3]. */
  readonly position: readonly number[];
}

interface Columns {
  readonly columns: readonly string[];
  readonly isComponent: boolean;
  readonly file: string | undefined;
}

/** The atoms of each model or component, in order of appearance. */
function readAtoms(table: CifTable, { columns, isComponent, file }: Columns): Iterable<ModelAtom[]> {
  const models = new Map<string, ModelAtom[]>();
  for (const row of rowsOf(table)) {
    const atom = readAtom(isComponent ? asAtomSite(row) : row, columns, file);
    const key = textOf(row.get(isComponent ? `${componentAtom}comp_id` : `${atomSite}pdbx_pdb_model_num`)) ?? '1';
    const atoms = models.get(key);
    if (atoms === undefined) models.set(key, [atom]);
    else atoms.push(atom);
  }
  return models.values();
}

/** A row of a component under the names of atom sites. */
function asAtomSite(row: TableRow): TableRow {
  const names: Readonly<Record<string, string>> = {
    [`${atomSite}label_atom_id`]: `${componentAtom}atom_id`,
    [`${atomSite}type_symbol`]: `${componentAtom}type_symbol`,
  };
  return { get: (tag) => row.get(names[tag] ?? tag), line: row.line };
}

function readAtom(row: TableRow, columns: readonly string[], file: string | undefined): ModelAtom {
  const label = ['label_comp_id', 'auth_seq_id', 'label_atom_id']
    .flatMap((name) => textOf(row.get(atomSite + name)) ?? [])
    .join(' ');
  const { line } = row;
  const position = columns.map((tag) => {
    const token = row.get(tag);
    if (token && textOf(token) !== undefined) return numberOf(token, () => `${tag} of the atom ${label}`, file);
    throw new LammError('format', `the atom ${label} has no ${tag}; give its position or take it out`, { file, line });
  });
  const alternative = textOf(row.get(`${atomSite}label_alt_id`));
  const residue = ['auth_asym_id', 'label_asym_id', 'auth_seq_id', 'label_seq_id', 'pdbx_pdb_ins_code'];
  const assembly = residue.map((name) => row.get(atomSite + name)?.text ?? '').join('/');
  const site = {
    label,
    ...readElement(row, undefined, { file, line }),
    occupancy: readOccupancy(row, file),
    fractional: position,
    line,
    ...(alternative !== undefined && { disorder: { assembly, group: alternative } }),
  };
  return { site, position };
}

function toStructure(
  atoms: readonly ModelAtom[],
  occupancy: OccupancyChoice,
  crystal: Crystal | undefined,
): { structure: Structure; notes: readonly string[] } {
  const sites = atoms.map(({ site }) => site);
  const periodic = crystal?.isPrimitive ? crystal : undefined;
  const { cell, places } = periodic ? placesInCrystal(atoms, periodic) : placesInBox(atoms);
  const placed = sites.map((site, index) => ({ site, places: [places[index]] }));
  const { kept, notes } = resolveDisorder(placed, { cell, occupancy });
  const chosen = atoms.flatMap(({ site }, index) => (kept.has(site) ? [index] : []));
  const distinct = distinctPlaces(
    chosen.map((index) => sites[index]),
    chosen.map((index) => places[index]),
    cell,
  ).map((index) => chosen[index]);
  const masses = massesOfSites(distinct.map((index) => sites[index]));
  const structure = createStructure({
    ...(masses && { masses }),
    numbers: distinct.map((index) => sites[index].number),
    positions: periodic
      ? fractionalToCartesian(
          distinct.flatMap((index) => periodic.toFractional(atoms[index].position)),
          cell,
        )
      : distinct.flatMap((index) => atoms[index].position),
    ...(crystal && { cell: crystal.cell.vectors, pbc: crystal.isPrimitive }),
  });
  return { structure, notes };
}

interface Places {
  readonly cell: Float64Array;
  /** Fractional, in [0, 1). */
  readonly places: readonly (readonly number[])[];
}

function placesInCrystal(atoms: readonly ModelAtom[], { cell, toFractional }: Crystal): Places {
  const places = atoms.map(({ position }) =>
    toFractional(position).map((value) => Math.min(value - Math.floor(value), 1 - 1e-12)),
  );
  return { cell: cell.vectors, places };
}

/** A box around the atoms that is so large that its images do not matter. */
function placesInBox(atoms: readonly ModelAtom[]): Places {
  const margin = 10;
  const axes = [0, 1, 2];
  const low = axes.map((axis) => atoms.reduce((least, { position }) => Math.min(least, position[axis]), Infinity));
  const high = axes.map((axis) => atoms.reduce((most, { position }) => Math.max(most, position[axis]), -Infinity));
  const lengths = axes.map((axis) => high[axis] - low[axis] + margin);
  const cell = Float64Array.from([lengths[0], 0, 0, 0, lengths[1], 0, 0, 0, lengths[2]]);
  return {
    cell,
    places: atoms.map(({ position }) => position.map((value, axis) => (value - low[axis]) / lengths[axis])),
  };
}
