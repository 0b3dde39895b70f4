import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { registerDataConvert } from '../../../src/cli/data/command-data-convert.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/${name}`, import.meta.url));

const inFolder = useFolder('test');

/** A frame with every kind of value that a structure can have. */
const everything = `2
Lattice="4 0 0 1 5 0 0.5 0.25 6" Properties=species:S:1:pos:R:3:masses:R:1:velocities:R:3:move_mask:L:1:forces:R:3:magmoms:R:1:charges:R:1 energy=-3.125 stress="1 4 5 4 2 6 5 6 3" config_type=bulk dipole="1 2 3" pbc="T T T"
H 0.1 0.2 0.3 2.014 0.1 0 0 T 1 2 3 0.5 -1
Cu 2.5 3 4 63.546 0.1 0.2 0.3 F -1 -2 -3 1.5 1
`;

const convert = (...args: string[]) => runCommand(registerDataConvert, ['convert', ...args]);

describe('lamm data convert', () => {
  it.each([
    ...['ase/frames.traj', 'ase/rows.json', 'ase/rows.db', 'sdf/handmade__v2000_codes.mol'],
    ...['lmdb/rows.aselmdb', 'lmdb/parts', 'lmdb/molecule-dict.lmdb'],
  ])('writes %s as extended XYZ without losing anything', async (name) => {
    for (const out of ['out.extxyz', 'out.xyz.gz']) {
      const { exitCode, stdout } = await convert(fixture(name), '--out', inFolder(out), '--json');
      expect(exitCode).toBe(0);
      const structures = await readStructures(fixture(name));
      expect(await readStructures(inFolder(out))).toEqual(structures);
      expect(JSON.parse(stdout)).toMatchObject({
        out: inFolder(out),
        format: 'extxyz',
        frames: structures.length,
        labelled: { forces: structures.filter(({ labels }) => labels.forces).length },
        leftOut: {},
      });
    }
  });

  it('keeps in every format what it can hold, and names the rest', async () => {
    await writeFile(inFolder('all.extxyz'), everything);
    const [whole] = await readStructures(inFolder('all.extxyz'));
    const names = ['energy', 'forces', 'stress', 'config_type', 'dipole', 'magmoms', 'charges', 'masses'];
    for (const [out, lost] of [
      ['a.xyz', []],
      ['a.extxyz.gz', []],
      ['a.cif', ['velocities', 'move_mask', ...names]],
      ['a.vasp', names],
    ] as const) {
      const { stdout } = await convert(inFolder('all.extxyz'), '--out', inFolder(out), '--json');
      const report = JSON.parse(stdout);
      expect(Object.keys(report.leftOut).sort()).toEqual([...lost].sort());
      expect(report.labelled.energy).toBe(lost.length === 0 ? 1 : 0);
      const [read] = await readStructures(inFolder(out));
      if (lost.length === 0) expect(read).toEqual(whole);
      expect([...read.numbers]).toEqual([...whole.numbers]);
      for (const [index, value] of whole.positions.entries()) expect(read.positions[index]).toBeCloseTo(value, 12);
      for (const [index, value] of whole.cell.entries()) expect(read.cell[index]).toBeCloseTo(value, 12);
      expect(read.fixed).toEqual(lost.includes('move_mask' as never) ? undefined : whole.fixed);
      if (out === 'a.vasp')
        for (const [index, value] of read.velocities?.entries() ?? [])
          expect(value).toBeCloseTo(whole.velocities?.[index] ?? 9, 12);
      // and back: what was lost stays lost, the rest is the same
      await convert(inFolder(out), '--out', inFolder('back.extxyz'), '--force');
      expect((await readStructures(inFolder('back.extxyz')))[0].positions).toEqual(read.positions);
    }
  });

  it('names periodicity that a POSCAR cannot hold', async () => {
    await writeFile(inFolder('slab.extxyz'), everything.replace('"T T T"', '"T T F"'));
    const { stderr } = await convert(inFolder('slab.extxyz'), '--out', inFolder('slab.vasp'));
    expect(stderr).toMatch(/poscar cannot hold them: .*pbc \(1\)/);
    expect((await convert(inFolder('slab.extxyz'), '--out', inFolder('slab.cif'))).exitCode).toBe(2);
  });

  it('takes the relaxed structures and total energies of fairchem data when asked', async () => {
    const out = inFolder('relaxed.extxyz');
    await convert(fixture('lmdb/is2re-pyg2.lmdb'), '--positions', 'relaxed', '--out', out);
    expect((await readStructures(out))[0].arrays.pos_initial?.width).toBe(3);
    const input = [fixture('lmdb/s2ef-pyg1.lmdb'), '--reference-energies', fixture('lmdb/oc20_ref.pkl')];
    await convert(...input, '--out', out, '--force', '--index', '1');
    expect((await readStructures(out)).map(({ labels }) => labels.energy)).toEqual([-403]);
  });

  it('refuses --tolerance without --cell', async () => {
    await writeFile(inFolder('all.extxyz'), everything);
    expect(await convert(inFolder('all.extxyz'), '--tolerance', '0.1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--tolerance needs --cell/),
    });
  });

  it('writes crystals in the standard cell of their group, and says that the labels go', async () => {
    await writeFile(
      inFolder('cu.extxyz'),
      '4\nLattice="3.6 0 0 0 3.6 0 0 0 3.6" energy=-14\nCu 0.1 0 0\nCu 0.1 1.8 1.8\nCu 1.9 0 1.8\nCu 1.9 1.8 0\n',
    );
    for (const [kind, count] of [
      ['primitive', 1],
      ['conventional', 4],
    ] as const) {
      const out = inFolder(`${kind}.cif`);
      const { stderr } = await convert(inFolder('cu.extxyz'), '--cell', kind, '--out', out);
      expect(stderr).toMatch(/left out, for they do not fit the new cell: energy \(1\)/);
      const [structure] = await readStructures(out);
      expect(structure.numbers.length).toBe(count);
    }
    await writeFile(inFolder('h.xyz'), '1\n\nH 0 0 0\n');
    const { exitCode, stderr } = await convert(inFolder('h.xyz'), '--cell', 'primitive', '--out', inFolder('h.cif'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/h\.xyz: symmetry: expected a structure that is periodic/);
  });

  it('joins several files, and takes the frames that are asked for', async () => {
    const frames = [1, 2, 1].map((repeats) => rattledCopper(repeats));
    await writeStructures(inFolder('a.extxyz'), frames);
    await convert(inFolder('a.extxyz'), inFolder('a.extxyz'), '--index', '1:', '--out', inFolder('b.extxyz'));
    expect((await readStructures(inFolder('b.extxyz'))).map(({ numbers }) => numbers.length)).toEqual([32, 4, 32, 4]);
  });

  it('keeps the names of blocks from CIF to CIF, also in a standard cell, and tells the same ones apart', async () => {
    const cell = [3.61, 0, 0, 0, 3.61, 0, 0, 0, 3.61];
    const named = (name: string) => createStructure({ symbols: ['Po'], positions: [0, 0, 0], cell, info: { name } });
    const names = ["alpha-Po'(RT)/1", 'b', 'B', 'b', 'two words'];
    await writeStructures(inFolder('names.extxyz'), names.map(named));
    const first = await convert(inFolder('names.extxyz'), '--out', inFolder('names.cif'));
    expect(first.stderr).toBe('left out, for cif cannot hold them: name (1)\n'); // that of two words
    const kept = ["alpha-Po'(RT)/1", 'b', 'B_3', 'b_4', 'two_words'];
    const namesOf = async (file: string) => (await readStructures(inFolder(file))).map(({ info }) => info.name);
    expect(await namesOf('names.cif')).toEqual(kept);
    const again = await convert(inFolder('names.cif'), '--out', inFolder('again.cif'));
    expect(again).toMatchObject({ stderr: '', exitCode: 0 });
    expect(await namesOf('again.cif')).toEqual(kept);
    const reduced = await convert(inFolder('names.cif'), '--cell', 'primitive', '--out', inFolder('primitive.cif'));
    expect(reduced).toMatchObject({ stderr: '', exitCode: 0 });
    expect(await namesOf('primitive.cif')).toEqual(kept);
  });

  it('says what a format cannot hold', async () => {
    const labelled = rattledCopper(1, { labels: { energy: -3.5 }, info: { name: 'a' } });
    await writeStructures(inFolder('a.extxyz'), [labelled]);
    const { stderr, exitCode } = await convert(inFolder('a.extxyz'), '--out', inFolder('a.vasp'));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('left out, for poscar cannot hold them: energy (1), name (1)');
    const json = await convert(inFolder('a.extxyz'), '--out', inFolder('a.cif'), '--json');
    expect(JSON.parse(json.stdout).leftOut).toEqual({ energy: 1 }); // the name is that of the block
  });

  it('refuses a record that is no structure and writes nothing, or counts it when told to go on', async () => {
    const input = fixture('sdf/handmade__v2000_records.sdf');
    const refused = await convert(input, '--out', inFolder('a.extxyz'));
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/records.sdf:53: .*an R group/) });
    expect(await readdir(inFolder('.'))).toEqual([]);
    const { stdout } = await convert(input, '--out', inFolder('a.extxyz'), '--skip-refused', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ frames: 2, refused: [expect.stringMatching(/:53: /)] });
    expect(await readStructures(inFolder('a.extxyz'))).toHaveLength(2);
  });

  it('never overwrites without --force, and leaves the old file when it fails', async () => {
    await writeStructures(inFolder('a.extxyz'), [rattledCopper(1)]);
    await writeFile(inFolder('b.extxyz'), 'old');
    expect(await convert(inFolder('a.extxyz'), '--out', inFolder('b.extxyz'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('exists already'),
    });
    await convert(inFolder('a.extxyz'), inFolder('nothing.xyz'), '--out', inFolder('b.extxyz'), '--force');
    expect(await readFile(inFolder('b.extxyz'), 'utf8')).toBe('old');
    await convert(inFolder('a.extxyz'), '--out', inFolder('a.extxyz'), '--force');
    expect(await readStructures(inFolder('a.extxyz'))).toHaveLength(1);
    expect(await convert(inFolder('a.extxyz'), '--out', inFolder('b.extxyz'), '--force')).toMatchObject({
      exitCode: 0,
    });
    expect((await readdir(inFolder('.'))).sort()).toEqual(['a.extxyz', 'b.extxyz']);
  });

  it('refuses several frames for a POSCAR, records without atoms, and names that say no format', async () => {
    await copyFile(fixture('ase/frames.traj'), inFolder('a.traj'));
    for (const [out, message] of [
      ['a.vasp', /a POSCAR holds one structure/],
      ['a.txt', /let the name end in/],
      ['b.traj', /let the name end in/],
    ] as const) {
      expect(await convert(inFolder('a.traj'), '--out', inFolder(out))).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(message),
      });
      expect(existsSync(inFolder(out))).toBe(false);
    }
    await writeFile(inFolder('empty.sdf'), 'nothing\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n');
    expect((await convert(inFolder('empty.sdf'), '--out', inFolder('e.xyz'))).stderr).toMatch(/frame 1 has no atoms/);
  });
});
