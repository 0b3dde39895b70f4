import { LammError } from '../../errors.js';
import { voigtOf } from '../../linalg/voigt.js';
import { type AtomProperty, createStructure, type InfoValue, type Structure } from '../../structure/structure.js';
import { assertCount } from '../ase/row.js';
import type { FormatOptions } from '../format.js';
import { infoKey } from '../info-keys.js';
import { type GraphAttributes, shapeOf, toArray, toScalar } from './graph-pickle.js';

/** How the graphs of fairchem become structures. */
export type GraphOptions = Pick<FormatOptions, 'positions' | 'referenceEnergies'>;

/** Attributes that become parts of the structure, or that are made of it anew: the edges of the graph. */
const known: ReadonlySet<string> = new Set([
  ...['atomic_numbers', 'pos', 'pos_relaxed', 'cell', 'pbc', 'natoms', 'num_nodes', 'fixed', 'tags'],
  ...['y', 'y_init', 'y_relaxed', 'energy', 'force', 'forces', 'stress'],
  ...['edge_index', 'edge_attr', 'cell_offsets', 'distances', 'neighbors'],
]);

/**
 * The structure of a graph of fairchem: OC20, OC22 and ODAC23 for S2EF (`y`, `force`) or IS2RE (`y_relaxed`).
 *
 * The label of IS2RE is the energy of the relaxed structure, at the initial positions or the relaxed ones; the forces
 * at the beginning are none of its labels then and become the column `initial_forces`.  `info.energy_key` names the
 * attribute that is the energy. What it is measured from stands in `info.energy_kind` as far as it is known: `total`
 * for OC22 and with reference energies.  The published files of OC20 and ODAC23 have adsorption energies.
 *
 * Units: A, eV, eV/A.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, without a place.
 */
export function structureOfGraph(graph: GraphAttributes, options: GraphOptions = {}): Structure {
  const numbers = toArray(requireAttribute(graph, 'atomic_numbers'), 'atomic_numbers').values;
  const atomCount = numbers.length;
  const natoms = graph.get('natoms') ?? undefined; // None where it was not given
  if (natoms !== undefined) assertCount(toScalar(natoms, 'natoms'), atomCount);
  const isRelaxed = options.positions === 'relaxed';
  if (isRelaxed && !graph.has('pos_relaxed'))
    throw new LammError(
      'format',
      'expected pos_relaxed, the relaxed positions, found none; only graphs of IS2RE have them',
    );
  const name = isRelaxed ? 'pos_relaxed' : 'pos';
  const fixed = graph.has('fixed') ? columnOf(graph, 'fixed', { atomCount, width: 1 }) : undefined;
  return createStructure({
    numbers,
    positions: columnOf(graph, name, { atomCount, width: 3 }),
    ...cellOf(graph),
    ...(fixed?.some((flag) => flag !== 0) && {
      fixed: Array.from({ length: 3 * atomCount }, (_, index) => Number(fixed[Math.floor(index / 3)] !== 0)),
    }),
    ...labelsOf(graph, atomCount, options),
    arrays: arraysOf(graph, atomCount, isRelaxed),
  });
}

/** Number of atoms of a graph. */
export function atomCountOfGraph(graph: GraphAttributes): number {
  const [count] = shapeOf(requireAttribute(graph, 'atomic_numbers')) ?? [];
  if (count !== undefined) return count;
  throw new LammError('format', 'expected an array of atomic_numbers');
}

function requireAttribute(graph: GraphAttributes, name: string): unknown {
  const value = graph.get(name);
  if (value !== undefined) return value;
  throw new LammError('format', `expected the attribute ${name}, found ${[...graph.keys()].join(', ') || 'none'}`);
}

function columnOf(
  graph: GraphAttributes,
  name: string,
  { atomCount, width }: { readonly atomCount: number; readonly width: number },
): Float64Array {
  const { values } = toArray(requireAttribute(graph, name), name);
  if (values.length === width * atomCount) return values;
  throw new LammError('format', `expected ${width * atomCount} numbers for ${name}, found ${values.length}`, {
    quantity: name,
  });
}

/**
 * A cell that is absent or zero means a molecule; otherwise the graphs are periodic in all directions unless they say
 * so.
 */
function cellOf(graph: GraphAttributes): { cell?: Float64Array; pbc?: [boolean, boolean, boolean] } {
  if (!graph.has('cell')) return {};
  const { values: cell } = toArray(graph.get('cell'), 'cell');
  if (cell.length !== 9) throw new LammError('format', `expected 9 numbers for cell, found ${cell.length}`);
  if (cell.every((value) => value === 0)) return {};
  const flags = graph.has('pbc') ? toArray(graph.get('pbc'), 'pbc').values : Float64Array.of(1, 1, 1);
  return { cell, pbc: [flags[0] === 1, flags[1] === 1, flags[2] === 1] };
}

function labelsOf(graph: GraphAttributes, atomCount: number, { referenceEnergies }: GraphOptions) {
  const energyKey = ['y_relaxed', 'y', 'energy'].find((name) => graph.has(name));
  const forcesKey = ['force', 'forces'].find((name) => graph.has(name) && energyKey !== 'y_relaxed');
  const stored = energyKey === undefined ? undefined : toScalar(graph.get(energyKey), energyKey);
  const reference = graph.has('oc22') ? undefined : referenceOf(graph, referenceEnergies);
  const isTotal = graph.has('oc22') || reference !== undefined;
  const info: Record<string, InfoValue> = {
    ...(energyKey !== undefined && { energy_key: energyKey }),
    ...(energyKey === 'y_relaxed' &&
      graph.has('y_init') && { initial_energy: toScalar(graph.get('y_init'), 'y_init') }),
    ...(isTotal && { energy_kind: 'total' }),
    ...(reference !== undefined && { reference_energy: reference }),
    ...otherValues(graph),
  };
  return {
    labels: {
      ...(stored !== undefined && { energy: stored + (reference ?? 0) }),
      ...(forcesKey !== undefined && { forces: columnOf(graph, forcesKey, { atomCount, width: 3 }) }),
      ...(graph.has('stress') && { stress: toVoigt(graph) }),
    },
    info,
  };
}

function referenceOf(graph: GraphAttributes, energies: GraphOptions['referenceEnergies']): number | undefined {
  if (energies === undefined) return undefined;
  const system = `random${toScalar(requireAttribute(graph, 'sid'), 'sid')}`;
  const energy = energies.get(system);
  if (energy !== undefined) return energy;
  throw new LammError(
    'missing-label',
    `expected the reference energy of ${system}, found none; give the file for these systems`,
  );
}

/** xx yy zz yz xz xy, of six numbers in that order or a matrix. */
function toVoigt(graph: GraphAttributes): Float64Array {
  const { values } = toArray(graph.get('stress'), 'stress');
  if (values.length === 6) return values;
  if (values.length === 9) return voigtOf(values);
  throw new LammError('format', `expected 6 or 9 numbers for stress, found ${values.length}`, { quantity: 'stress' });
}

/** Texts and single numbers, such as `sid`, `fid` and `nads`. */
function otherValues(graph: GraphAttributes): Record<string, InfoValue> {
  const values = new Map<string, InfoValue>();
  for (const [name, value] of graph) {
    if (known.has(name) || name.startsWith('_')) continue;
    const count = shapeOf(value)?.reduce((product, size) => product * size, 1);
    if (typeof value === 'string' || typeof value === 'boolean') values.set(infoKey(name, 'graph'), value);
    else if (count === 1) values.set(infoKey(name, 'graph'), toScalar(value, name));
  }
  return Object.fromEntries(values);
}

const widestColumn = 9;

/** What a graph has for every atom; other arrays describe its edges. */
function arraysOf(graph: GraphAttributes, atomCount: number, isRelaxed: boolean): Record<string, AtomProperty> {
  const arrays = new Map<string, AtomProperty>();
  const add = (name: string, attribute: string, integer = false) => {
    const { shape, values } = toArray(graph.get(attribute), attribute);
    arrays.set(name, { width: shape[1] ?? 1, values, ...(integer && { integer }) });
  };
  const isColumn = (name: string) => {
    const [rows, width = 1, ...rest] = shapeOf(graph.get(name)) ?? [];
    return rows === atomCount && atomCount > 1 && rest.length === 0 && width > 0 && width <= widestColumn;
  };
  if (graph.has('tags'))
    arrays.set('tags', { width: 1, values: columnOf(graph, 'tags', { atomCount, width: 1 }), integer: true });
  if (!isRelaxed && isColumn('pos_relaxed')) add('pos_relaxed', 'pos_relaxed');
  if (isRelaxed && isColumn('pos')) add('pos_initial', 'pos');
  if (graph.has('y_relaxed') && isColumn('force')) add('initial_forces', 'force');
  for (const name of graph.keys()) if (!known.has(name) && isColumn(name)) add(infoKey(name, 'graph'), name);
  return Object.fromEntries(arrays);
}
