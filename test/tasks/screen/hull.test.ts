import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Entry, stabilities } from '../../../src/tasks/screen/hull.js';

interface Diagram {
  readonly kind: string;
  /**
   * Atoms by symbol, energy, and what pymatgen 2022.11.7 says: formation energy and distance from the hull, eV/atom.
   */
  readonly entries: readonly (readonly [Record<string, number>, number, number, number])[];
}

/**
 * 25 random systems of two to six elements: some with several entries of one composition, on one line, or on the plane
 * of the elements.
 */
const diagrams: readonly Diagram[] = readFileSync(
  new URL('../../fixtures/hull/pymatgen.jsonl', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const entryOf = ([composition, energyPerAtom]: Diagram['entries'][number]): Entry => ({ composition, energyPerAtom });

describe('stabilities', () => {
  it.each(diagrams.map((diagram, index) => ({ ...diagram, index })))(
    'are those of pymatgen, diagram $index: $kind',
    ({ entries }) => {
      const found = stabilities(entries.map(entryOf));
      for (const [index, [, , formation, above]] of entries.entries()) {
        expect(found[index].formationEnergy).toBeCloseTo(formation, 9); // which were written with ten digits
        expect(found[index].energyAboveHull).toBeCloseTo(above, 9);
      }
    },
  );

  it('are the same when systems of other elements stand beside', () => {
    const all = stabilities(diagrams.slice(0, 4).flatMap(({ entries }) => entries.map(entryOf)));
    const elements = ['Al', 'Cu', 'Fe', 'Li', 'N', 'O', 'Si', 'Ti'];
    const foreign = elements.map((symbol): Entry => ({ composition: { [symbol]: 1 }, energyPerAtom: 10 }));
    const more = stabilities([...diagrams.slice(0, 4).flatMap(({ entries }) => entries.map(entryOf)), ...foreign]);
    expect(more.slice(0, all.length)).toEqual(all);
  });

  it('say nothing of a compound whose elements were not calculated', () => {
    const entries: Entry[] = [
      { composition: { Cu: 1 }, energyPerAtom: -3 },
      { composition: { Cu: 1, O: 1 }, energyPerAtom: -5 },
      { composition: { Cu: 2 }, energyPerAtom: -2 },
    ];
    expect(stabilities(entries)).toEqual([
      { formationEnergy: 0, energyAboveHull: 0 },
      {},
      { formationEnergy: 1, energyAboveHull: 1 },
    ]);
  });
});
