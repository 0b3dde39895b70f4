import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { File, type Group, ready } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { registerDataPrepare } from '../../../src/cli/data/command-data-prepare.js';
import { registerPretrain } from '../../../src/cli/train/command-pretrain.js';
import { createRandom } from '../../../src/random.js';
import { runCommand } from '../../helpers/run-command.js';

const example = fileURLToPath(new URL('../../../examples/10-paper-datasets.yaml', import.meta.url));
const graphs = fileURLToPath(new URL('../../fixtures/io/lmdb/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lamm-paper-'));
const config = join(folder, '10-paper-datasets.yaml');
const random = createRandom(1);

function put(name: string, data: string | Uint8Array): void {
  const path = join(folder, 'data', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}

/** Frames of a slab of `atoms` copper atoms as OC20 and ODAC23 have them in extended XYZ. */
function slabs(count: number, atoms: number): Uint8Array {
  const frame = () => {
    const rows = Array.from({ length: atoms }, (_, atom) => {
      const [x, y, z] = [atom % 4, Math.floor(atom / 4) % 4, Math.floor(atom / 16)].map(
        (place) => 2.5 * place + 0.1 * random.normal(),
      );
      return `Cu ${x} ${y} ${z} ${atom < 2 ? 'F' : 'T'} 0 0.1 -0.2 0.1`;
    });
    const comment = `Lattice="10 0 0 0 10 0 0 0 90" Properties=species:S:1:pos:R:3:move_mask:L:1:tags:I:1:forces:R:3 energy=${-3 * atoms + random.normal()} pbc="T T T"`;
    return [atoms, comment, ...rows, ''].join('\n');
  };
  return gzipSync(Array.from({ length: count }, frame).join(''));
}

const water = () => [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47].map((x) => x + 0.05 * random.normal());

function record(name: string, fields: Readonly<Record<string, string>>): string {
  const positions = water();
  const atoms = ['O', 'H', 'H'].map((symbol, atom) => {
    const place = positions.slice(3 * atom, 3 * atom + 3).map((x) => x.toFixed(4).padStart(10));
    return `${place.join('')} ${symbol}   0  0`;
  });
  const rest = Object.entries(fields).flatMap(([key, value]) => [`> <${key}>`, value, '']);
  const counts = '  3  2  0  0  0  0  0  0  0  0999 V2000';
  return [name, '  test  3D', '', counts, ...atoms, '  1  2  1  0', '  1  3  1  0', 'M  END', ...rest, '$$$$', ''].join(
    '\n',
  );
}

function writeHdf5(name: string, fill: (root: Group) => void): void {
  put(name, '');
  const file = new File(join(folder, 'data', name), 'w');
  fill(file);
  file.close();
}

const noise = (length: number) => Float64Array.from({ length }, () => random.normal());

function fillTransition1x(root: Group): void {
  const reaction = root.create_group('data').create_group('H2O').create_group('rxn0001');
  const frames = 6;
  const positions = Array.from({ length: frames }, water).flat();
  reaction.create_dataset({ name: 'atomic_numbers', data: BigInt64Array.of(8n, 1n, 1n), shape: [3] });
  reaction.create_dataset({ name: 'positions', data: Float64Array.from(positions), shape: [frames, 3, 3] });
  reaction.create_dataset({ name: 'wB97x_6-31G(d).energy', data: noise(frames).map((x) => x - 2078), shape: [frames] });
  reaction.create_dataset({ name: 'wB97x_6-31G(d).forces', data: noise(9 * frames), shape: [frames, 3, 3] });
}

function fillQm7x(root: Group): void {
  const molecule = root.create_group('1');
  for (let index = 0; index < 5; index++) {
    const conformation = molecule.create_group(`Geom-m1-i1-c1-${index}`);
    conformation.create_dataset({ name: 'atNUM', data: Uint8Array.of(8, 1, 1), shape: [3] });
    conformation.create_dataset({ name: 'atXYZ', data: Float64Array.from(water()), shape: [3, 3] });
    conformation.create_dataset({ name: 'ePBE0+MBD', data: Float64Array.of(-2077 + random.normal()), shape: [1] });
    conformation.create_dataset({ name: 'totFOR', data: noise(9), shape: [3, 3] });
  }
}

/** A small set in the layout of each of the public ones. */
beforeAll(async () => {
  await ready;
  cpSync(example, config);
  for (const [name, count] of [
    ['oc20/s2ef_train', 4],
    ['oc20/s2ef_val_id', 2],
    ['odac23/s2ef_train', 3],
    ['odac23/s2ef_val', 1],
  ] as const) {
    put(`${name}/0.extxyz.xz`, slabs(count, 12)); // packed otherwise: what a file is, its content says
    put(`${name}/0.txt.xz`, gzipSync('random1,frame0,-3.5\n'.repeat(count)));
  }
  put('odac23/s2ef_train/1.extxyz.xz', slabs(2, 304));
  const parts = { 'oc22/s2ef_train': 'oc22-pyg2', 'oc22/s2ef_val_id': 'oc22-pyg2' };
  const relaxed = [
    'oc20/is2re_train',
    'oc20/is2re_val_id',
    'oc22/is2re_train',
    'oc22/is2re_val_id',
    'odac23/is2re_train',
    'odac23/is2re_val',
  ];
  for (const [name, fixture] of [...Object.entries(parts), ...relaxed.map((name) => [name, 'is2re-pyg2'])]) {
    mkdirSync(join(folder, 'data', name), { recursive: true });
    cpSync(join(graphs, `${fixture}.lmdb`), join(folder, 'data', name, 'data.0000.lmdb'));
  }
  writeHdf5('transition1x/transition1x.h5', fillTransition1x);
  writeHdf5('qm7x/1000.hdf5', fillQm7x);
  const conformers = ['conf_00', 'conf_01', 'conf_02'];
  for (const CONF_ID of conformers) {
    const energies = { 'GFN2:TOTAL_ENERGY': '-5.07', 'DFT:TOTAL_ENERGY': '-76.25' };
    put(`qmugs/structures/CHEMBL1/${CONF_ID}.sdf`, record('CHEMBL1', { CHEMBL_ID: 'CHEMBL1', CONF_ID, ...energies }));
  }
  const rows = conformers.map((name) => `CHEMBL1,${name},O,3,False,-5.07,-76.25`);
  put(
    'qmugs/summary.csv',
    ['chembl_id,conf_id,smiles,atoms,nonunique_smiles,GFN2_TOTAL_ENERGY,DFT_TOTAL_ENERGY', ...rows, ''].join('\n'),
  );
  put(
    'pubchem3d/00000001_00025000.sdf.gz',
    gzipSync([1, 2, 3, 4].map((id) => record(`${id}`, { PUBCHEM_COMPOUND_CID: `${id}` })).join('')),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const small = [
  ...['model.channels=8', 'model.layers=2', 'model.basisSize=4', 'model.cutoff=3', 'training.batch={structures: 19}'],
  ...['training.length=1epoch', 'training.threads=1', 'training.workers=0'],
];
const set = (settings: readonly string[]) => settings.flatMap((setting) => ['--set', setting]);

describe('the ten data sets of the paper in their public layouts', () => {
  it('are checked: subsets with tasks, labels, elements and the frames that are left out', async () => {
    const { stdout, exitCode } = await runCommand(registerDataCheck, ['check', config, '--json']);
    const report = JSON.parse(stdout);
    expect([exitCode, report.problems]).toEqual([0, []]);
    const rows = report.subsets.map(({ name, task, count, elements }: Record<string, unknown>) => [
      name,
      task,
      count,
      elements,
    ]);
    expect(rows).toEqual([
      ['OC20 S2EF-Total', 'S2EF-Total', 4, [29]],
      ['OC22 S2EF-Total', 'S2EF-Total', 1, [1, 8, 29]],
      ['ODAC23 S2EF-Total', 'S2EF-Total', 3, [29]],
      ['Transition1x', 'S2EF-Total', 6, [1, 8]],
      ['QM7-X', 'S2EF-Total', 5, [1, 8]],
      ['QMugs', 'IS2RE-Total', 3, [1, 8]],
      ['PubChem3D', 'denoise', 4, [1, 8]],
      ['OC20 IS2RE', 'IS2RE', 1, [1, 8, 29]],
      ['OC22 IS2RE-Total', 'IS2RE-Total', 1, [1, 8, 29]],
      ['ODAC23 IS2RE', 'IS2RE', 1, [1, 8, 29]],
    ]);
    const files = report.files.filter(({ unused }: { unused: number }) => unused > 0);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({
      role: 'train',
      leftOut: [{ reason: 'too many atoms', count: 2, frames: [1, 2] }],
    });
    expect(files[0].name).toMatch(/1\.extxyz\.xz$/);
    const qmugs = report.files.find(({ name }: { name: string }) => name.startsWith('QMugs'));
    expect(qmugs).toMatchObject({ energies: 3, forces: 0 });
  });

  it('are prepared and trained on, two steps with all heads', async () => {
    const out = join(folder, 'prepared');
    const prepared = await runCommand(registerDataPrepare, [
      'prepare',
      '--config',
      config,
      '-o',
      out,
      '--json',
      ...set(small),
    ]);
    expect(prepared.stderr).not.toContain('error');
    expect(JSON.parse(prepared.stdout)).toMatchObject({ written: true, samples: 29 + 7 });
    const again = await runCommand(registerDataPrepare, ['prepare', '--config', config, '-o', out, ...set(small)]);
    expect(again.stdout).toContain('is up to date; nothing was written');
    const settings = set([...small, `data.prepared=${out}`]);
    const { stdout, stderr } = await runCommand(registerPretrain, [
      'pretrain',
      '--config',
      config,
      '--json',
      ...settings,
    ]);
    expect(stderr).not.toMatch(/error:/);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true, steps: 2 });
  });
});
