import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { iterateStructures, readStructures } from '../../src/io/read-structures.js';
import { writeStructures } from '../../src/io/write-structures.js';
import { createStructure } from '../../src/structure/structure.js';

const folder = mkdtempSync(join(tmpdir(), 'lamm-read-'));
const put = (name: string, data: string | Uint8Array): string => {
  writeFileSync(join(folder, name), data);
  return join(folder, name);
};
const xyz = Array.from({ length: 5 }, (_, frame) => `1\nenergy=${frame}\nCu 0 0 ${frame}\n`).join('');
const poscar = 'c\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n';
const cif =
  'data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nCu 0 0 0\n';

it.each([
  ['a.xyz', xyz, 5],
  ['a.extxyz', xyz, 5],
  ['POSCAR_1', poscar, 1],
  ['b.vasp', poscar, 1],
  ['c.cif', cif, 1],
  ['noname1', xyz, 5],
  ['noname2', poscar, 1],
  ['noname3', cif, 1],
])('finds the format of %s by its name or content, packed or not', async (name, text, count) => {
  expect(await readStructures(put(name, text))).toHaveLength(count);
  expect(await readStructures(put(`${name}.gz`, gzipSync(text)))).toHaveLength(count);
});

it.each([
  [2, [2]],
  [-1, [4]],
  ['1:4', [1, 2, 3]],
  ['::2', [0, 2, 4]],
  ['-2:', [3, 4]],
])('picks the frames %s', async (index, energies) => {
  const structures = await readStructures(put('pick.xyz', xyz), { index });
  expect(structures.map(({ labels }) => labels.energy)).toEqual(energies);
});

it('stops reading where the caller stops', async () => {
  const path = put('long.xyz', `${xyz}not a frame\n`);
  for await (const { labels } of iterateStructures(path)) if (labels.energy === 2) break;
  expect(await readStructures(path, { index: 1 })).toHaveLength(1);
  await expect(readStructures(path)).rejects.toThrow(/long.xyz:16: expected the number of atoms/);
});

it.each([
  ['missing.xyz', undefined, 'file-not-found', /there is no such file/],
  ['.', undefined, 'file-not-found', /found a folder/],
  ['what', 'hello\nworld\n', 'usage', /format is not clear/],
  ['cut.xyz.gz', gzipSync(xyz.repeat(50)).subarray(0, 60), 'format', /gzip data are damaged or cut off/],
  ['packed.xyz', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0), 'format', /packed with zstd; unpack it first/],
  ['empty.cif', '', 'format', /found none/],
])('says what is wrong with %s', async (name, data, code, message) => {
  const path = data === undefined ? join(folder, name) : put(name, data);
  const failure = readStructures(path);
  await expect(failure).rejects.toMatchObject({ code });
  await expect(failure).rejects.toThrow(message);
});

it('knows an LMDB database by its content where the name says nothing', async () => {
  const database = readFileSync(new URL('../fixtures/io/lmdb/rows.aselmdb', import.meta.url));
  expect(await readStructures(put('rows', database))).toHaveLength(80);
});

it('says when a frame does not exist', async () => {
  await expect(readStructures(put('few.xyz', xyz), { index: 7 })).rejects.toThrow(
    /frame 7 does not exist: there are 5 frames/,
  );
  await expect(readStructures(put('few.xyz', xyz), { index: 'a' })).rejects.toThrow(
    /`index`: expected a frame number or a range/,
  );
});

it.each(['w.xyz', 'w.xyz.gz', 'w.cif', 'w.vasp', 'POSCAR'])('writes %s so that it is read again', async (name) => {
  const structure = createStructure({
    symbols: ['Na', 'Cl'],
    positions: [0, 0, 0, 2, 2, 2],
    cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
  });
  await writeStructures(join(folder, name), [structure]);
  const [again] = await readStructures(join(folder, name));
  expect(again.numbers).toEqual(structure.numbers);
  expect(again.positions).toEqual(structure.positions);
});

it('packs a file whose name ends in .gz', async () => {
  const path = join(folder, 'packed.extxyz.gz');
  await writeStructures(path, [createStructure({ numbers: [1], positions: [0, 0, 0] })]);
  expect([...readFileSync(path).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
});

it('refuses to write what a format cannot hold', async () => {
  const molecule = createStructure({ numbers: [1], positions: [0, 0, 0] });
  const crystal = createStructure({ numbers: [1], positions: [0, 0, 0], cell: [4, 0, 0, 0, 4, 0, 0, 0, 4] });
  await expect(writeStructures(join(folder, 'm.cif'), [crystal, molecule])).rejects.toThrow(
    /m\.cif: structure 2: CIF holds crystals, found .* not periodic in all directions; let the name end in \.extxyz/,
  );
  await expect(writeStructures(join(folder, 'm.vasp'), [molecule])).rejects.toThrow(/m\.vasp: structure 1: .* a cell/);
  await expect(writeStructures(join(folder, 'm.vasp'), [molecule, molecule])).rejects.toThrow(
    /holds one structure, found 2/,
  );
  await expect(writeStructures(join(folder, 'm.txt'), [molecule])).rejects.toThrow(/format is not clear/);
  await expect(writeStructures(join(folder, 'm.xyz'), [])).rejects.toThrow(/at least one structure/);
});
