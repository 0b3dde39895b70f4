import { covalentRadius } from '../../src/covalent-radii.js';
import { atomicNumber } from '../../src/elements.js';
import { createRandom } from '../../src/random.js';
import { multiplyRows } from '../../src/structure/cell.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { repeatStructure } from '../../src/structure/supercell.js';

/** A structure type: cell and places in units of the shortest distance between unlike atoms. */
interface Prototype {
  /** Rows are lattice vectors, in units of `length`. */
  readonly cell: readonly number[];
  readonly length: number;
  /** Fractional coordinates. */
  readonly places: readonly number[];
  /** Which of the elements is on each place. */
  readonly kinds: readonly number[];
}

const cube = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const faceCentred = [0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
const rockSalt = { length: 2, places: [0, 0, 0, 0.5, 0.5, 0.5], kinds: [0, 1] };
const rockSaltOf8 = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5];

const prototypes: readonly Prototype[] = [
  { cell: faceCentred, ...rockSalt },
  { cell: cube, length: 2 / Math.sqrt(3), places: rockSalt.places, kinds: [0, 1] },
  {
    cell: faceCentred,
    length: 4 / Math.sqrt(3),
    places: [0, 0, 0, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75],
    kinds: [0, 1, 1],
  },
  {
    cell: cube,
    length: Math.SQRT2,
    places: [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0],
    kinds: [0, 1, 1, 1],
  },
  {
    cell: cube,
    length: 2,
    places: [0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0],
    kinds: [0, 1, 2, 2, 2],
  },
  { cell: cube, length: 2, places: rockSaltOf8, kinds: [0, 0, 0, 0, 1, 1, 1, 1] },
];

const metals = ['Li', 'Mg', 'Al', 'Ca', 'Sc', 'Ti', 'V', 'Fe', 'Ni', 'Cu', 'Zn', 'Sr', 'Zr', 'Nb', 'Ag', 'Sn', 'Ba'];
const others = ['O', 'S', 'F', 'Cl', 'N', 'Se', 'Si', 'Ge'];

/**
 * Crystals of 2 to 8 atoms of many elements, or of so many times as many, every coordinate moved by some hundredths of
 * an angstrom.
 */
export function smallCrystals(count: number, times = 1): Structure[] {
  const random = createRandom(1);
  const oneOf = <Item>(items: readonly Item[]) => items[random.integer(items.length)];
  return Array.from({ length: count }, () => {
    const { cell, length, places, kinds } = oneOf(prototypes);
    const elements = [oneOf(metals), oneOf(metals), oneOf(others)];
    if (random.uniform() < 0.5) elements[1] = oneOf(others);
    const symbols = kinds.map((kind) => elements[kind]);
    const bond = covalentRadius(atomicNumber(elements[0])) + covalentRadius(atomicNumber(elements[1]));
    const vectors = Float64Array.from(cell, (component) => component * length * bond);
    const positions = multiplyRows(Float64Array.from(places), vectors);
    const crystal = repeatStructure(createStructure({ symbols, positions, cell: vectors }), [times, 1, 1]);
    return { ...crystal, positions: crystal.positions.map((x) => x + 0.03 * random.normal()) };
  });
}
