import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { formatExtxyz } from '../../../src/io/xyz/extxyz.js';
import { joinWork } from '../../../src/journal/work-folder.js';
import { createStructure } from '../../../src/structure/structure.js';
import { readShownStructures } from '../../../src/tasks/screen/best-structures.js';
import { type Chunk, chunkSchema } from '../../../src/tasks/screen/inventory.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test', async () => {
  // Frames that know their number, as their first coordinate.
  const frames = Array.from({ length: 10 }, (_, frame) =>
    formatExtxyz(createStructure({ symbols: ['Cu'], positions: [frame, 0, 0] })),
  );
  await writeFile(inFolder('ten.xyz'), frames.join(''));
});

it.each([true, false])('the structures of rows are found in their inputs, read by number: %s', async (indexed) => {
  const file = inFolder('ten.xyz');
  const work = await joinWork<Chunk>(inFolder('work'), {
    what: 'screening',
    options: {},
    pieceSchema: chunkSchema,
    async *plan() {
      yield [{ file, role: 'candidate', first: 0, count: 4, indexed }];
      yield [{ file, role: 'candidate', first: 4, count: 6, indexed }];
    },
  });
  const rows = [8, 2, 5].map((frame) => ({
    row: { id: `${file}@${frame + 1}`, role: 'candidate' as const, seconds: 0, atoms: 1 },
    piece: frame < 4 ? 0 : 1,
  }));
  const found = await readShownStructures(work, rows, { wereKept: false });
  expect(Object.fromEntries(Array.from(found, ([id, { positions }]) => [id, positions[0]]))).toEqual({
    [`${file}@3`]: 2,
    [`${file}@6`]: 5,
    [`${file}@9`]: 8,
  });
});
