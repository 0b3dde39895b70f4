import { describe, expect, it } from 'vitest';
import { forcesSpread, spread } from '../../../src/tasks/screen/committee.js';
import { rankRows } from '../../../src/tasks/screen/ranking.js';
import type { ScreenRow } from '../../../src/tasks/screen/row.js';

const row = (composition: Record<string, number>, energies: readonly (number | null)[]): ScreenRow => ({
  ...{ id: 'x', role: 'candidate', seconds: 0, composition, energyPerAtom: energies[0] ?? 0 },
  committee: energies.slice(1).map((energyPerAtom) => (energyPerAtom === null ? null : { energyPerAtom })),
});

async function* each(rows: readonly ScreenRow[]) {
  for (const row of rows) yield [row];
}

describe('a committee', () => {
  it('differs in its forces by the root mean square distance from their mean, of the atom where that is largest', () => {
    expect(forcesSpread([Float64Array.of(1, 2, 3, 0, 0, 0), Float64Array.of(1, 2, 3, 0, 6, -8)])).toBeCloseTo(5, 12);
    expect(spread([1, 2, 3])).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  it('differs in formation energies, whatever zeros the models have', async () => {
    const rows = [
      row({ Cu: 2 }, [-3, 7, -103]),
      row({ Cu: 1 }, [-2.9, 7.5, -102]),
      row({ Au: 1 }, [-4, 6, -204]),
      row({ Au: 3, Cu: 1 }, [-4.75, 5.25, -179.75]), // -1 from the elements by the first two, -1 by the third
      row({ Au: 1, Cu: 1 }, [-4.5, 6, -153.5]), // -1, -0.5, 0
    ];
    const { ranks } = await rankRows(each(rows));
    expect(ranks.map(({ formationSpread }) => formationSpread)).toEqual([
      0,
      expect.closeTo(spread([0.1, 0.5, 1]), 12),
      0,
      expect.closeTo(0, 12),
      expect.closeTo(spread([-1, -0.5, 0]), 12),
    ]);
  });

  it('hears only the models that know the elements', async () => {
    const rows = [row({ Cu: 1 }, [-3, null, -2]), row({ Au: 1 }, [-4, 6, null]), row({ Au: 1, Cu: 1 }, [-4.5, 3, 5])];
    const { ranks } = await rankRows(each(rows));
    expect(ranks.map(({ formationSpread }) => formationSpread)).toEqual([0, 0, undefined]);
  });
});
