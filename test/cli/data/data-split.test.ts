import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { registerDataSplit } from '../../../src/cli/data/command-data-split.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure } from '../../../src/structure/structure.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const frames = Array.from({ length: 100 }, (_, frame) =>
  createStructure({
    symbols: ['H', 'F'],
    positions: [0, 0, 0, 0, 0, 0.9 + 0.001 * frame],
    labels: { energy: frame },
    info: { molecule: `m${frame % 10}` },
  }),
);

const inFolder = useFolder('test', async () => {
  await writeStructures(inFolder('all.extxyz'), frames);
});

const split = (...args: string[]) =>
  runCommand(registerDataSplit, ['split', inFolder('all.extxyz'), '--out', inFolder('part.extxyz'), ...args]);
const energiesOf = async (name: string) => (await readStructures(inFolder(name))).map(({ labels }) => labels.energy);

describe('lamm data split', () => {
  it('puts every frame with its labels into exactly one part, in order', async () => {
    const { stdout, exitCode } = await split('--parts', 'train=0.7,validation=0.2,test=0.1', '--seed', '4', '--json');
    expect(exitCode).toBe(0);
    const energies = await Promise.all(
      ['train', 'validation', 'test'].map((name) => energiesOf(`part-${name}.extxyz`)),
    );
    expect(energies.map(({ length }) => length)).toEqual([70, 20, 10]);
    expect(energies.flat().sort((a = 0, b = 0) => a - b)).toEqual(frames.map((_, frame) => frame));
    for (const list of energies) expect(list).toEqual([...list].sort((a = 0, b = 0) => a - b));
    expect(JSON.parse(stdout)).toMatchObject({
      frames: 100,
      groups: 100,
      by: 'random',
      seed: 4,
      parts: [{ name: 'train', frames: 70 }, {}, {}],
    });
  });

  it('keeps frames of one group together', async () => {
    await split('--group', 'molecule');
    const [train, validation] = await Promise.all(
      ['train', 'validation'].map((name) => readStructures(inFolder(`part-${name}.extxyz`))),
    );
    expect([train.length, validation.length]).toEqual([90, 10]);
    expect(new Set(validation.map(({ info }) => info.molecule)).size).toBe(1);
  });

  it('gives the same frames the same part by hash, whatever else is in the set', async () => {
    await split('--by', 'hash', '--parts', 'train=0.5,test=0.5');
    const before = await energiesOf('part-test.extxyz');
    await writeStructures(inFolder('all.extxyz'), frames.slice(0, 60).reverse());
    await split('--by', 'hash', '--parts', 'train=0.5,test=0.5', '--force');
    const after = await energiesOf('part-test.extxyz');
    expect(after).toEqual(before.filter((energy = 0) => energy < 60).reverse());
  });

  it('refuses before it writes anything', async () => {
    const cases = [
      [['--parts', 'train=0.9,test=0.2'], /sum is 1, found 1.1/],
      [['--parts', 'all=1'], /two parts or more/],
      [['--parts', 'train'], /name=fraction/],
      [['--group', 'nothing'], /has no key "nothing"; keys found: molecule/],
      [['--parts', 'train=0.999,test=0.001'], /the part "test" would be empty/],
      [['--out', inFolder('part.vasp')], /which can hold many frames/],
      [['--seed', '-1'], /whole number/],
    ] as const;
    for (const [args, message] of cases) {
      expect(await split(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
    }
    await writeStructures(inFolder('part-validation.extxyz'), frames.slice(0, 1));
    expect(await split()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/part-validation.extxyz: the output exists already/),
    });
    expect((await readdir(inFolder('.'))).sort()).toEqual(['all.extxyz', 'part-validation.extxyz']);
  });
});
