import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePretrainConfig } from '../../../../pretrain/config/pretrain-config.js';
import { openData } from '../../../../pretrain/dataset/open-data.js';
import { keepPrepared } from '../../../../pretrain/dataset/prepared/keep-prepared.js';
import { openPrepared, verifyPrepared } from '../../../../pretrain/dataset/prepared/open-prepared.js';
import { prepareFolder } from '../../../../pretrain/dataset/prepared/prepare-folder.js';
import { pretrain } from '../../../../pretrain/pretrain.js';
import { prepareTraining } from '../../../../pretrain/setup.js';
import { lockFolder } from '../../../../src/journal/folder-lock.js';
import type { Structure } from '../../../../src/structure/structure.js';
import { abandon } from '../../../helpers/abandoned.js';
import { rattledCells, writeCells } from '../../../helpers/spring-project.js';

const shifted = (cells: readonly Structure[]) =>
  cells.map((cell) => ({ ...cell, labels: { energy: (cell.labels.energy ?? 0) - 4000 } }));
const bare = (cells: readonly Structure[]) => cells.map((cell) => ({ ...cell, labels: {} }));

/**
 * Three subsets: energies and forces in two files, energies alone, and cells to denoise, some of them set apart to
 * validate on.
 */
function createProject(settings = '') {
  const directory = mkdtempSync(join(tmpdir(), 'lamm-prepared-'));
  writeCells(directory, 'springs-1.extxyz', rattledCells(9, 1));
  writeCells(directory, 'springs-2.extxyz', rattledCells(8, 2));
  writeCells(directory, 'test.extxyz', rattledCells(3, 5));
  writeCells(directory, 'shifted.extxyz', shifted(rattledCells(5, 3)));
  writeCells(directory, 'bare.extxyz', bare(rattledCells(20, 4)));
  const text = `
model: { channels: 8, layers: 2, basisSize: 4, cutoff: 3, elementCount: 40 }
data:
  temperature: 2
  subsets:
    - { name: springs, train: ['springs-*.extxyz'], validationShare: 0.2, test: [test.extxyz] }
    - { name: shifted, task: IS2RE, train: [shifted.extxyz] }
    - { name: bare, task: denoise, sigma: 0.1, train: [bare.extxyz], validationShare: 0.3${settings} }
training: { batch: { atoms: 24 }, learningRate: 1.e-3, warmup: 2 steps, length: 2 epochs, threads: 1 }
out: run
`;
  const config = parsePretrainConfig(text);
  const options = { directory, energyReduction: config.training.energyReduction, cutoff: config.model.cutoff };
  const folder = join(directory, 'prepared');
  const prepare = (shardBytes?: number) =>
    prepareFolder(folder, config.data, { ...options, ...(shardBytes && { shardBytes }) });
  return { directory, config, options, folder, text, prepare };
}

type Project = ReturnType<typeof createProject>;

async function train({ directory, config, options }: Pick<Project, 'directory' | 'config' | 'options'>, out: string) {
  const data = await openData(config.data, options);
  await using training = await prepareTraining(config, data, {
    out: join(directory, out),
    existing: 'refuse',
  });
  const run = pretrain(training.setup);
  const losses: number[] = [];
  let turn = await run.next();
  for (; !turn.done; turn = await run.next()) if (turn.value.kind === 'step') losses.push(turn.value.losses.loss);
  return { data, losses, result: turn.value, optimizer: training.setup.state.optimizer };
}

describe('prepared data', () => {
  it.each([undefined, 1500])(
    'train to the same bits as the files that they came from (shards of %s bytes)',
    async (shardBytes) => {
      const project = createProject();
      const fromFiles = await train(project, 'from-files');
      await project.prepare(shardBytes);
      const shards = readdirSync(project.folder).filter((name) => name.startsWith('samples-'));
      if (shardBytes !== undefined) expect(shards.length).toBeGreaterThan(5);
      const { directory, options } = project;
      const config = parsePretrainConfig(`
model: { channels: 8, layers: 2, basisSize: 4, cutoff: 3, elementCount: 40 }
data: { prepared: prepared, temperature: 2 }
training: { batch: { atoms: 24 }, learningRate: 1.e-3, warmup: 2 steps, length: 2 epochs, threads: 1 }
out: run
`);
      const fromFolder = await train({ directory, options, config }, 'from-folder');
      expect(fromFolder.losses).toEqual(fromFiles.losses);
      expect(fromFolder.result.parameters).toEqual(fromFiles.result.parameters);
      expect(fromFolder.optimizer).toEqual(fromFiles.optimizer);
      expect(fromFolder.data.fingerprint).toBe(fromFiles.data.fingerprint);
      expect(fromFolder.data.validation.length).toBe(fromFiles.data.validation.length);
      expect(fromFolder.data.validation.length).toBeGreaterThan(1);
      expect(fromFolder.data.heads).toEqual(fromFiles.data.heads);
    },
  );

  it('know the sizes of all samples without reading them', async () => {
    const { prepare, folder, config, options } = createProject();
    await prepare();
    const { training } = await openPrepared(folder, config.data, options);
    const atoms = Array.from(training, ({ structure }) => structure.numbers.length);
    expect([...(training.sizes?.atoms ?? [])]).toEqual(atoms);
    expect(training.sizes?.edges.every((count) => count > 0)).toBe(true);
    expect(training.sizes?.cutoff).toBe(3);
  });

  it('are stale when a file has changed, and not when it was only copied', async () => {
    const { prepare, directory, folder, config, options } = createProject();
    await prepare();
    const file = join(directory, 'shifted.extxyz');
    copyFileSync(file, `${file}.copy`);
    writeFileSync(file, readFileSync(`${file}.copy`));
    utimesSync(file, 1e9, 1e9);
    await expect(openPrepared(folder, config.data, options)).resolves.toBeDefined();
    writeFileSync(file, readFileSync(file, 'utf8').replace('-40', '-41'));
    await expect(openPrepared(folder, config.data, options)).rejects.toThrow(
      /shifted\.extxyz has changed since it was prepared; prepare the data again$/,
    );
  });

  it('are stale when a file was added or the settings are others', async () => {
    const { prepare, directory, folder, config, options, text } = createProject();
    await prepare();
    const open = (settings: string, more = {}) =>
      openPrepared(folder, parsePretrainConfig(settings).data, { ...options, ...more });
    await expect(open(text.replace('sigma: 0.1', 'sigma: 0.2'))).rejects.toThrow(/are not those that were prepared/);
    await expect(open(text, { energyReduction: 'per-atom' })).rejects.toThrow(
      /prepared for training\.energyReduction total, which is now per-atom/,
    );
    writeCells(directory, 'springs-3.extxyz', rattledCells(2, 7));
    await expect(openPrepared(folder, config.data, options)).rejects.toThrow(/springs-3\.extxyz was added since/);
  });

  it('can be used without the files, and say so', async () => {
    const { prepare, directory, folder, options } = createProject();
    await prepare();
    for (const name of readdirSync(directory)) if (name.endsWith('.extxyz')) rmSync(join(directory, name));
    const alone = parsePretrainConfig(
      '{ data: { prepared: x }, training: { batch: { atoms: 9 }, length: 1 epoch }, out: x }',
    );
    const { report, training } = await openPrepared(folder, alone.data, options);
    expect(report?.remarks).toEqual([
      '5 of 5 files that the data came from are not there any more, so nobody knows whether they changed',
      'prepared with the temperature 2, trained with 1',
    ]);
    expect([...training].length).toBe(training.length);
  });

  it('refuse what is damaged, cut off, half written or of another set', async () => {
    const { prepare, folder, config, options } = createProject();
    await prepare();
    const shard = join(folder, 'samples-00000.bin');
    const open = () => openPrepared(folder, config.data, options);
    const bytes = readFileSync(shard);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 9] ^= 1;
    writeFileSync(shard, damaged);
    await expect(verifyPrepared(folder)).rejects.toThrow(
      /samples-00000\.bin: the file is damaged: its hash is another/,
    );
    damaged[20] ^= 1;
    writeFileSync(shard, damaged);
    await expect(open()).rejects.toThrow(/expected shard 0 of the data set beside it, found another file/);
    writeFileSync(shard, bytes);
    await expect(verifyPrepared(folder)).resolves.toBeUndefined();
    truncateSync(shard, bytes.length - 8);
    await expect(open()).rejects.toThrow(/samples-00000\.bin: expected \d+ bytes, found \d+; prepare the data again/);
    const manifest = join(folder, 'dataset.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"cutoff":3', '"cutoff":4'));
    await expect(open()).rejects.toThrow(/dataset\.json: the file is damaged/);
    rmSync(manifest);
    await expect(open()).rejects.toThrow(/there are no prepared data here, or they were not finished/);
  });

  it('are not left behind when the data are refused', async () => {
    const { prepare, directory, folder } = createProject();
    writeCells(directory, 'test.extxyz', rattledCells(9, 1));
    await expect(prepare()).rejects.toThrow(
      /frames to test on have the geometry of a frame to train on, .*test\.extxyz, frame \d/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leave nothing where a later file cannot be read', async () => {
    const { prepare, directory, folder } = createProject();
    writeFileSync(join(directory, 'bare.extxyz'), 'no frame');
    await expect(prepare()).rejects.toThrow(/bare\.extxyz/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are written by one process at a time, which finds what a killed one left', async () => {
    const { folder, config, options } = createProject();
    const keep = (force = false) => keepPrepared(folder, config.data, { ...options, force });
    {
      await using _lock = await lockFolder(folder, 'dataset.json');
      for (const name of ['dataset.json', 'training-atoms.bin']) abandon(join(folder, name));
      await expect(keep()).rejects.toMatchObject({ code: 'locked' });
      await expect(keep(true)).rejects.toMatchObject({ code: 'locked' });
    }
    expect(await keep()).toBeDefined();
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await keep()).toBeUndefined();
    expect(await keep(true)).toBeDefined();
  });

  it('list every frame that was left out with its reason', async () => {
    await expect(createProject(', maximumAtoms: 3').prepare()).rejects.toThrow(
      /no training frame of bare is left; check its files and limits/,
    );
    const { directory, prepare } = createProject(', elements: [Cu, Ni]');
    writeCells(directory, 'bare.extxyz', [
      ...bare(rattledCells(4, 4)),
      ...rattledCells(1, 6).map(({ numbers, ...cell }) => ({ ...cell, numbers: numbers.with(0, 47), labels: {} })),
    ]);
    const { files } = await prepare();
    const leftOut = files.flatMap(({ leftOut }) => leftOut);
    expect(leftOut).toEqual([{ reason: 'other elements', count: 1, frames: [5] }]);
  });

  it('need the labels of their task', async () => {
    const { directory, prepare } = createProject();
    writeCells(directory, 'springs-1.extxyz', shifted(rattledCells(5, 3)));
    writeCells(directory, 'springs-2.extxyz', shifted(rattledCells(5, 4)));
    await expect(prepare()).rejects.toThrow(
      /the subset springs learns S2EF-Total, but no training frame of it has forces; name the right key with forcesKey, or its task is IS2RE/,
    );
  });
});
