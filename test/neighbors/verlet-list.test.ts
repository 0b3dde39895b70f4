import { describe, expect, it } from 'vitest';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createPairList, type SitePairs } from '../../src/neighbors/pair-list.js';
import { createVerletList } from '../../src/neighbors/verlet-list.js';
import { createRandom } from '../../src/random.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { randomSystem, skewedCell } from './systems.js';

const options = { cutoff: 3.5, skin: 0.6 };

/** The system with every coordinate changed by at most `step` A and the cell multiplied by `factor`. */
function disturbed(system: AtomicSystem, step: number, { seed = 1, factor = 1 } = {}): AtomicSystem {
  const random = createRandom(seed);
  return {
    ...system,
    positions: system.positions.map((value) => factor * value + step * (2 * random.uniform() - 1)),
    cell: system.cell.map((value) => factor * value),
  };
}

describe('a Verlet list', () => {
  it('is the fresh list in every bit along a random walk, with far fewer searches than steps', () => {
    const verlet = createVerletList(options);
    let system = randomSystem(4);
    for (let step = 0; step < 100; step++) {
      system = disturbed(system, 0.03, { seed: step });
      expect(verlet.update(system)).toEqual(neighborList(system, options.cutoff));
    }
    expect(verlet.buildCount).toBeGreaterThan(2);
    expect(verlet.buildCount).toBeLessThan(30);
  });

  it('searches again when an atom has moved by more than half the skin, and not before', () => {
    const verlet = createVerletList(options);
    const system = randomSystem(5);
    verlet.update(system);
    const moved = (distance: number) => {
      const positions = system.positions.slice();
      positions[7] += distance;
      return { ...system, positions };
    };
    verlet.update(moved(0.299));
    expect(verlet.buildCount).toBe(1);
    verlet.update(moved(0.301));
    expect(verlet.buildCount).toBe(2);
  });

  it('stays right when periodicity, cell or number of atoms change', () => {
    const verlet = createVerletList(options);
    const system = randomSystem(6);
    const others: AtomicSystem[] = [
      { ...system, pbc: [true, false, true] },
      { ...system, cell: Float64Array.from(system.cell, (value) => 1.05 * value) },
      { ...system, cell: Float64Array.from(skewedCell.slice(3).concat(skewedCell.slice(0, 3))) },
      randomSystem(6, 61),
      randomSystem(6, 0),
      system,
    ];
    for (const other of others) expect(verlet.update(other)).toEqual(neighborList(other, options.cutoff));
    expect(verlet.buildCount).toBe(6);
  });

  it('follows a slowly deforming cell without a search, and still equals the fresh list', () => {
    const verlet = createVerletList(options);
    let system = randomSystem(7);
    for (let step = 0; step < 60; step++) {
      system = disturbed(system, 0.001, { seed: step, factor: 0.997 });
      expect(verlet.update(system)).toEqual(neighborList(system, options.cutoff));
    }
    expect(verlet.buildCount).toBeGreaterThan(1);
    expect(verlet.buildCount).toBeLessThan(12);
  });

  it('names positions that became NaN, and recovers afterwards', () => {
    const verlet = createVerletList(options);
    const system = randomSystem(8);
    verlet.update(system);
    const broken = { ...system, positions: system.positions.map((value, index) => (index === 4 ? Number.NaN : value)) };
    expect(() => verlet.update(broken)).toThrow(expect.objectContaining({ code: 'non-finite' }));
    expect(verlet.update(system)).toEqual(neighborList(system, options.cutoff));
  });

  it('refuses a negative skin', () => {
    expect(() => createVerletList({ cutoff: 3, skin: -0.1 })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('a pair list', () => {
  /**
   * Pairs [atom, atom, vector] shorter than the cutoff, as text: sums over images differ from the fresh list in the
   * last digits.
   */
  function shortPairs(system: AtomicSystem, { rowStart, seconds, imageAtoms, positions }: SitePairs): string[] {
    const atomCount = system.numbers.length;
    const found: string[] = [];
    for (let first = 0; first < atomCount; first++) {
      for (const site of seconds.subarray(rowStart[first], rowStart[first + 1])) {
        const second = site < atomCount ? site : imageAtoms[site - atomCount];
        const vector = [0, 1, 2].map((axis) => positions[3 * site + axis] - positions[3 * first + axis]);
        if (Math.hypot(...vector) < options.cutoff) found.push(pairText(first, second, vector));
      }
    }
    return found;
  }

  function pairText(first: number, second: number, vector: number[]): string {
    return [first, second, ...vector.map((component) => (component + 1e-12).toFixed(8))].join(' ');
  }

  it('holds each pair within the cutoff exactly once, in canonical order, also after atoms and cell have moved', () => {
    const pairList = createPairList(options);
    const system = randomSystem(9);
    for (const current of [system, disturbed(system, 0.1), disturbed(system, 0.02, { factor: 1.01 })]) {
      const { receivers, senders, shifts, edgeVectors } = neighborList(current, options.cutoff);
      const expected: string[] = [];
      for (const [edge, receiver] of receivers.entries()) {
        const sender = senders[edge];
        const positive = (shifts.subarray(3 * edge, 3 * edge + 3).find((component) => component !== 0) ?? 0) > 0;
        if (sender < receiver || (sender === receiver && !positive)) continue;
        expected.push(pairText(receiver, sender, Array.from(edgeVectors.subarray(3 * edge, 3 * edge + 3))));
      }
      expect(expected.length).toBeGreaterThan(100);
      expect(shortPairs(current, pairList.update(current))).toEqual(expected);
    }
    expect(pairList.buildCount).toBe(1);
  });

  it('holds each image once, sorted by atom', () => {
    const { imageAtoms, positions } = createPairList(options).update(randomSystem(10));
    expect(imageAtoms.length).toBeGreaterThan(20);
    expect([...imageAtoms]).toEqual([...imageAtoms].sort((a, b) => a - b));
    const sites = Array.from({ length: positions.length / 3 }, (_, site) =>
      positions.subarray(3 * site, 3 * site + 3).join(),
    );
    expect(new Set(sites).size).toBe(sites.length);
  });
});
