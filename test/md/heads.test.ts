import { describe, expect, it } from 'vitest';
import { createModelCalculator } from '../../calculators/model-calculator.js';
import { relax } from '../../md/relax/relax.js';
import { scanVolumes } from '../../md/relax/volume-scan.js';
import { runMd } from '../../md/run.js';
import { readStructures } from '../../src/io/read-structures.js';
import { createStructure } from '../../src/structure/structure.js';
import { rattledCopper } from '../helpers/copper.js';
import { useFolder } from '../helpers/folder.js';
import { mdFiles, recordUntil } from '../helpers/recording.js';

/** Methane in a cell: this embedded model knows C and H of molecules alone. */
const molecularCrystal = createStructure({
  symbols: ['C', 'H', 'H', 'H', 'H'],
  positions: [0, 0, 0, 0.63, 0.63, 0.63, -0.63, -0.63, 0.63, -0.63, 0.63, -0.63, 0.63, -0.63, -0.63],
  cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
});
const guess = { code: 'structure', message: expect.stringMatching(/gfn2 .* learned from molecules alone/) };

describe('a head that learned from molecules alone', () => {
  it('moves no cell', async () => {
    await using calculator = createModelCalculator({ model: 'lamm-s-joint', threads: 1 });
    await expect(relax(molecularCrystal, calculator, { cell: 'unit-cell' })).rejects.toMatchObject(guess);
    await expect(scanVolumes(molecularCrystal, calculator).next()).rejects.toMatchObject(guess);
    const npt = { steps: 1, ensemble: 'npt-mtk' } as const;
    await expect(runMd(molecularCrystal, calculator, npt).next()).rejects.toMatchObject(guess);
  });

  it('relaxes atoms in a cell that stays, with a warning', async () => {
    const notices: string[] = [];
    await using calculator = createModelCalculator({
      model: 'lamm-s-joint',
      threads: 1,
      onNotice: (notice) => notices.push(notice),
    });
    const { result } = await relax(molecularCrystal, calculator, { maxSteps: 1 });
    expect(result.head).toBe('gfn2');
    expect(notices.filter((notice) => notice.startsWith('warning'))).toEqual([
      'warning: head gfn2 learned from no periodic structures: what it says of CH4 is a guess',
    ]);
  });
});

const inFolder = useFolder('test', async () => undefined);

it('stands in every frame of a trajectory and in the summary', async () => {
  await using calculator = createModelCalculator({ model: 'lamm-s-joint', threads: 1 });
  const files = mdFiles(inFolder('.'), 'run');
  const settings = { origin: {}, trajectoryEvery: 1, logEvery: 1 };
  const summary = await recordUntil(rattledCopper(1), calculator, { md: { steps: 2 }, files, settings });
  expect(summary?.head).toBe('pbe');
  expect((await readStructures(files.trajectory)).map(({ info }) => info.lamm_head)).toEqual(['pbe', 'pbe', 'pbe']);
});
