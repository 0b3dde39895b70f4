import { expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { createStructure } from '../../../src/structure/structure.js';
import { evaluateChunk } from '../../../src/tasks/screen/evaluate-chunk.js';
import { createPreparer, type PreparedFrame, type Preparer } from '../../../src/tasks/screen/prepare-chunk.js';
import { resolveScreenOptions } from '../../../src/tasks/screen/schema.js';

/** Gold with one atom at `shift` A along x off its place. */
const gold = (shift: number) =>
  createStructure({
    symbols: ['Au', 'Au', 'Au', 'Au'],
    positions: [shift, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0],
    cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
  });

it('looks for the space group behind a relaxation only where something has moved', async () => {
  await using calculator = createEmt({ threads: 1 });
  await using own = createPreparer({ symmetryTolerance: 0.01 });
  let asked = 0;
  const preparer: Preparer = {
    ...own,
    symmetryOf(structure) {
      asked++;
      return own.symmetryOf(structure);
    },
  };
  const options = resolveScreenOptions({ relax: true, fmax: 0.01 });
  const frames = await Promise.all(
    [0, 0.1].map(async (shift): Promise<PreparedFrame> => {
      const structure = gold(shift);
      return { id: String(shift), role: 'candidate', structure, symmetry: await own.symmetryOf(structure) };
    }),
  );
  const results = await evaluateChunk(frames, { preparer, calculator, committee: [], options });
  expect(asked).toBe(1);
  const [unmoved, moved] = results.map(({ row }) => row);
  expect(unmoved).toMatchObject({ steps: 0, spaceGroupBefore: '225 F m -3 m', spaceGroup: '225 F m -3 m' });
  expect(moved.spaceGroupBefore).not.toBe('225 F m -3 m');
  expect(moved).toMatchObject({ converged: true, spaceGroup: '225 F m -3 m', prototype: unmoved.prototype });
});
