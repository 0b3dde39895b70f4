import { describe, expect, it } from 'vitest';
import { covalentRadius } from '../../src/covalent-radii.js';
import { defaultRepulsion, pairRepulsion, type RepulsionConfig } from '../../src/models/repulsion.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';

const cutoff = 4;
const repulsionOf = (structure: Structure, config: RepulsionConfig = {}) =>
  pairRepulsion(structure.numbers, neighborList(structure, cutoff), { repulsion: 'zbl', ...config });
const energyOf = (structure: Structure, config?: RepulsionConfig) =>
  repulsionOf(structure, config)?.energies.reduce((sum, part) => sum + part, 0) ?? 0;

function pair(symbols: readonly [string, string], distance: number): Structure {
  return createStructure({ symbols, positions: [0, 0, 0, distance, 0, 0] });
}

/** Crowded cell of several elements, in which many pairs repel. */
function crowded(strain: readonly number[] = [], shift?: { readonly index: number; readonly by: number }): Structure {
  const random = createRandom(2);
  const deform = [1, 0, 0, 0, 1, 0, 0, 0, 1].map((value, index) => value + (strain[index] ?? 0));
  const row = (vector: readonly number[]) =>
    [0, 1, 2].map((axis) => vector.reduce((sum, value, k) => sum + value * deform[3 * k + axis], 0));
  const cell = [3.1, 0.2, 0, 0, 2.9, 0.3, 0.1, 0, 3.3];
  const places = Array.from({ length: 5 }, () => [0, 1, 2].map(() => 3 * random.uniform()));
  const positions = places.flatMap(row);
  if (shift !== undefined) positions[shift.index] += shift.by;
  return createStructure({
    symbols: ['Cs', 'U', 'Fe', 'O', 'Ba'],
    positions,
    cell: [0, 3, 6].flatMap((start) => row(cell.slice(start, start + 3))),
  });
}

describe('ZBL repulsion', () => {
  it('is the screened repulsion of the nuclei where atoms nearly touch', () => {
    // k 6 8 / r phi(r / a) of C and O at 0.1 A: a = 0.14142 A (0.46850 / (6^0.23 + 8^0.23)), phi(0.7071) = 0.57176
    const length = (0.8854 * 0.529177) / (6 ** 0.23 + 8 ** 0.23);
    const x = 0.1 / length;
    const phi =
      0.18175 * Math.exp(-3.1998 * x) +
      0.50986 * Math.exp(-0.94229 * x) +
      0.28022 * Math.exp(-0.4029 * x) +
      0.02817 * Math.exp(-0.20162 * x);
    expect(energyOf(pair(['C', 'O'], 0.1)) / ((14.39964 * 48 * phi) / 0.1)).toBeCloseTo(1, 4);
  });

  it.each([
    ['C O', {}, 0.75 * (covalentRadius(6) + covalentRadius(8))],
    ['C O', defaultRepulsion, 0.65 * (covalentRadius(6) + covalentRadius(8))],
    ['C O', { repulsionReach: 0.5 }, 0.5 * (covalentRadius(6) + covalentRadius(8))],
    ['H H', {}, 0.75 * 2 * covalentRadius(1)],
    ['H H', defaultRepulsion, 0.7],
    ['O H', { repulsionReach: 0.5, repulsionFloor: 0.6 }, 0.6],
  ] as const)('vanishes smoothly where it begins: %s with %o at %s A', (symbols, config, end) => {
    const [first, second] = symbols.split(' ');
    const at = (distance: number) => pair([first, second], distance);
    expect(repulsionOf(at(1.0001 * end), config)).toBeUndefined();
    // A switch whose first two derivatives vanish at its end: the energy falls with the third power of the distance.
    const [near, nearer] = [0.02, 0.01].map((part) => energyOf(at((1 - part) * end), config));
    expect(near / nearer).toBeGreaterThan(7.5);
    expect(near / nearer).toBeLessThan(9);
  });

  it('does not reach the bonds of molecules', () => {
    for (const [first, second, bond] of [
      ['H', 'H', 0.741],
      ['N', 'N', 1.098],
      ['C', 'O', 1.128],
    ] as const) {
      expect(energyOf(pair([first, second], bond))).toBe(0);
      expect(energyOf(pair([first, second], bond), defaultRepulsion)).toBe(0);
    }
  });

  it('repels ever more strongly the closer two atoms are', () => {
    for (const symbols of [
      ['H', 'H'],
      ['U', 'O'],
      ['Cs', 'Cs'],
    ] as const) {
      const end = 0.75 * (covalentRadius(pair(symbols, 1).numbers[0]) + covalentRadius(pair(symbols, 1).numbers[1]));
      const energies = [0.9, 0.7, 0.5, 0.3, 0.1, 0.05].map((share) => energyOf(pair(symbols, share * end)));
      for (const [index, energy] of energies.entries()) expect(energy).toBeGreaterThan(energies[index - 1] ?? 0);
    }
  });

  it('has forces and stress that are its derivatives', () => {
    const result = repulsionOf(crowded());
    const h = 1e-5;
    expect(result).toBeDefined();
    for (let index = 0; index < 15; index++) {
      const slope = (energyOf(crowded([], { index, by: h })) - energyOf(crowded([], { index, by: -h }))) / (2 * h);
      expect(Math.abs((result?.forces[index] ?? 0) + slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    }
    const places = [[0], [4], [8], [5, 7], [2, 6], [1, 3]];
    for (const [component, elements] of places.entries()) {
      const strained = (size: number) => {
        const strain = new Array<number>(9).fill(0);
        for (const element of elements) strain[element] = size / elements.length;
        return energyOf(crowded(strain));
      };
      const slope = (strained(h) - strained(-h)) / (2 * h);
      const difference = Math.abs((result?.strainDerivative[component] ?? 0) - slope);
      expect(difference).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    }
  });
});
