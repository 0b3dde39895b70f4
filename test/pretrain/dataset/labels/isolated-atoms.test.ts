import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../../../pretrain/config/data-config.js';
import { checkData } from '../../../../pretrain/dataset/check/check-data.js';
import { isIsolatedAtom } from '../../../../pretrain/dataset/labels/isolated-atoms.js';
import { loadSamples } from '../../../../pretrain/dataset/load/load-samples.js';
import { prepareData } from '../../../../pretrain/dataset/prepare-data.js';
import { writeStructures } from '../../../../src/io/write-structures.js';
import { createRandom } from '../../../../src/random.js';
import { createStructure, type Structure } from '../../../../src/structure/structure.js';
import { useFolder } from '../../../helpers/folder.js';

const inFolder = useFolder('block', async () => {
  await writeStructures(inFolder('bulk.extxyz'), bulk);
  await writeStructures(inFolder('all.extxyz'), [...bulk, ...atoms]);
});

const bond = { C: -9.1, O: -6.2 } as const;
const free = { C: -1.26, O: -0.3 } as const;

/** Crystals whose atoms lie several eV below the free ones. */
const bulk: Structure[] = Array.from({ length: 12 }, (_, frame) => {
  const random = createRandom(frame);
  const symbols = frame % 2 === 0 ? ['C', 'C'] : ['C', 'O'];
  return createStructure({
    symbols,
    positions: [0, 0, 0, 1.5, 1.5, 1.5].map((x) => x + 0.05 * random.normal()),
    cell: [3, 0, 0, 0, 3, 0, 0, 0, 3],
    labels: { energy: symbols.reduce((sum, symbol) => sum + bond[symbol as 'C' | 'O'], 0.01 * random.normal()) },
  });
});

const box = (edge: number) => [edge, 0, 0, 0, edge, 0, 0, 0, edge];
const atoms: Structure[] = (['C', 'O'] as const).map((symbol) =>
  createStructure({
    symbols: [symbol],
    positions: [0, 0, 0],
    cell: box(12),
    labels: { energy: free[symbol], forces: new Float64Array(3) },
    info: { config_type: 'IsolatedAtom' },
  }),
);

const prepare = (train: string, test?: string) =>
  prepareData(dataSchema.parse({ train: [inFolder(train)], ...(test && { test: [inFolder(test)] }) }), {
    directory: inFolder('.'),
    energyReduction: 'per-atom',
  });

describe('a frame of one atom', () => {
  const one = (cell: readonly number[] | undefined, info = {}) =>
    createStructure({ symbols: ['Cu'], positions: [0, 0, 0], ...(cell && { cell }), info });

  it.each([
    ['without a cell', one(undefined), true],
    ['in a large box', one(box(12)), true],
    ['that is called one', one(box(5), { config_type: 'IsolatedAtom' }), true],
    ['in the primitive cell of fcc', one([0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0]), false],
    ['in a skewed cell with long vectors but near images', one([20, 0, 0, 19, 3, 0, 0, 0, 20]), false],
    ['of the largest metal', one(box(6.2)), false],
  ])('%s is isolated or not', (_, structure, expected) => {
    expect(isIsolatedAtom({ structure })).toBe(expected);
    expect(isIsolatedAtom({ structure, forces: Float64Array.of(0, 0, 0.5) })).toBe(false); // something holds it
  });
});

describe('isolated atoms among the frames', () => {
  it('are told as references, and speak neither against the data nor into the fit', async () => {
    const check = async (name: string) => {
      const file = await loadSamples({ path: inFolder(name), name });
      return checkData([file], { maximumResidual: 5 });
    };
    const [alone, together] = [await check('bulk.extxyz'), await check('all.extxyz')];
    expect(together.problems).toEqual([]);
    expect(together.fit?.references).toEqual(alone.fit?.references);
    expect(together.fit?.residual).toBe(alone.fit?.residual);
    expect(together.fit?.isolated).toEqual(free);
    expect(alone.fit?.isolated).toBeUndefined();
    expect(together.files[0].leftOut).toEqual([
      { reason: 'an isolated atom, whose energy is a reference', count: 2, frames: [13, 14] },
    ]);
  });

  it('leave references and scales of a training as they are without them', async () => {
    const [alone, together] = [await prepare('bulk.extxyz'), await prepare('all.extxyz', 'all.extxyz')];
    expect(together.heads[0].normalizer).toEqual(alone.heads[0].normalizer);
    expect(together.training).toHaveLength(bulk.length);
    expect(together.test).toHaveLength(bulk.length);
    expect(together.heads[0].fit?.isolated).toEqual(free);
  });

  it('of one element count with the lowest of their energies', async () => {
    const excited = { ...atoms[0], labels: { energy: 0.5 } };
    await writeStructures(inFolder('two.extxyz'), [...bulk, excited, atoms[0], excited]);
    expect((await prepare('two.extxyz')).heads[0].fit?.isolated).toEqual({ C: free.C });
  });
});
