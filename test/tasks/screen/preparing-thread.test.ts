import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createStructure } from '../../../src/structure/structure.js';
import type { Chunk } from '../../../src/tasks/screen/inventory.js';
import { createPreparer } from '../../../src/tasks/screen/prepare-chunk.js';
import type { createPreparingThread as create } from '../../../src/tasks/screen/preparing-thread.js';
import { useFolder } from '../../helpers/folder.js';

// Only the built program finds the module of the thread.
const built = new URL('../../../dist/src/tasks/screen/preparing-thread.js', import.meta.url);

/** Rock salt, a molecule, and rock salt with one atom off its place. */
const structures = [0, 0.3].map((shift) =>
  createStructure({
    symbols: ['Na', 'Cl'],
    positions: [0, 0, 0, 2.8 + shift, 2.8, 2.8],
    cell: [0, 2.8, 2.8, 2.8, 0, 2.8, 2.8, 2.8, 0],
    info: { origin: 'made up' },
    fixed: [1, 1, 1, 0, 0, 0],
  }),
);
const molecule = createStructure({ symbols: ['H', 'H'], positions: [0, 0, 0, 0.74, 0, 0] });

const inFolder = useFolder('test', async () => {
  await writeFile(inFolder('three.xyz'), [structures[0], molecule, structures[1]].map(formatExtxyz).join(''));
  await writeFile(inFolder('broken.cif'), 'data_broken\n_cell_length_a 3\n');
});
const chunk = (): Chunk => [
  { file: inFolder('three.xyz'), role: 'candidate', first: 0, count: 3 },
  { file: inFolder('broken.cif'), role: 'reference', first: 0 },
];
const options = { symmetryTolerance: 0.01 };

async function openThread(whole: boolean): Promise<ReturnType<typeof create>> {
  const { createPreparingThread }: { createPreparingThread: typeof create } = await import(built.href);
  return createPreparingThread({ ...options, whole });
}

describe.skipIf(!existsSync(built))('a thread that prepares chunks (skipped before the first build)', () => {
  it('gives what this thread would, errors in words included', async () => {
    await using here = createPreparer(options);
    await using thread = await openThread(true);
    const frames = await thread.prepare(chunk());
    expect(frames).toEqual(await here.prepare(chunk()));
    expect(frames.map((frame) => ('error' in frame ? frame.error : frame.symmetry.spaceGroup))).toEqual([
      '225 F m -3 m',
      undefined,
      expect.stringMatching(/^\d+ /),
      expect.stringMatching(/broken\.cif/),
    ]);
  });

  it('leaves out what no calculation reads unless structures are wanted whole', async () => {
    await using thread = await openThread(false);
    const [first] = await thread.prepare(chunk());
    if ('error' in first) throw new Error(first.error);
    const { positions, cell, fixed, info } = first.structure;
    expect({ positions, cell, fixed, info }).toEqual({
      ...{ positions: structures[0].positions, cell: structures[0].cell, fixed: structures[0].fixed, info: {} },
    });
  });

  it('answers in order, symmetries between chunks too', async () => {
    await using thread = await openThread(false);
    const [before, symmetry, after] = await Promise.all([
      thread.prepare(chunk()),
      thread.symmetryOf(structures[0]),
      thread.prepare(chunk()),
    ]);
    expect(after).toEqual(before);
    expect(symmetry).toEqual({ spaceGroup: '225 F m -3 m', prototype: expect.stringMatching(/^AB_cF8_225_/) });
    expect(await thread.symmetryOf(molecule)).toEqual({});
  });
});
