import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { File, type Group, ready } from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { symbolsOf } from '../../../src/structure/structure.js';

const folder = mkdtempSync(join(tmpdir(), 'lamm-hdf5-'));
const pathOf = (name: string) => join(folder, name);
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/hdf5/${name}`, import.meta.url));

/** Writes an HDF5 file and gives its path. */
function write(name: string, fill: (root: Group) => void): string {
  const file = new File(pathOf(name), 'w');
  fill(file);
  file.close();
  return pathOf(name);
}

type Data = Float64Array | Float32Array | Int32Array | Uint8Array | BigInt64Array;

function put(group: Group, name: string, data: Data, shape: number[]): void {
  group.create_dataset({ name, data, shape, ...(shape.length > 1 && { chunks: shape, compression: 4 }) });
}

/** Two conformations of water, each coordinate a different number. */
const positions = Float64Array.from({ length: 18 }, (_, index) => 0.1 * index + 0.01);
const forces = Float64Array.from({ length: 18 }, (_, index) => 1 - 0.2 * index);

function putWater(reaction: Group, { frames = 2, bytes = 8 }: { frames?: number; bytes?: number } = {}): void {
  const floats = (values: Float64Array) => (bytes === 8 ? values : Float32Array.from(values)).slice(0, 9 * frames);
  put(reaction, 'atomic_numbers', BigInt64Array.of(8n, 1n, 1n), [3]);
  put(reaction, 'positions', floats(positions), [frames, 3, 3]);
  put(reaction, 'wB97x_6-31G(d).energy', Float64Array.of(-2078.5, -2078.25).slice(0, frames), [frames]);
  put(reaction, 'wB97x_6-31G(d).forces', floats(forces), [frames, 3, 3]);
  put(reaction, 'wB97x_6-31G(d).atomization_energy', Float64Array.of(-9, -9).slice(0, frames), [frames]);
}

function putConformation(molecule: Group, name: string, energy: number): Group {
  const group = molecule.create_group(name);
  put(group, 'atNUM', Uint8Array.of(8, 1, 1), [3]);
  put(group, 'atXYZ', positions.slice(0, 9), [3, 3]);
  put(group, 'ePBE0+MBD', Float64Array.of(energy), [1]);
  put(group, 'totFOR', forces.slice(0, 9), [3, 3]);
  put(group, 'pbe0FOR', new Float64Array(9), [3, 3]);
  return group;
}

/** A file whose virtual data set says that it has so many parts, in a heap where something else lies first. */
function withParts(bytes: Buffer, count: bigint): Buffer {
  const start = bytes.indexOf('GCOL');
  const size = Number(bytes.readBigUInt64LE(start + 8));
  const list = bytes.subarray(start + 16, start + 16 + 16 + 88);
  list.writeBigUInt64LE(count, 17);
  const other = Buffer.alloc(24, 0x7f);
  other.writeUInt32LE(0, 4);
  other.writeUInt32LE(0x10002);
  other.writeBigUInt64LE(8n, 8);
  const rest = Buffer.alloc(size - 16 - other.length - list.length);
  rest.writeBigUInt64LE(BigInt(rest.length), 8);
  return Buffer.concat([bytes.subarray(0, start + 16), other, list, rest, bytes.subarray(start + size)]);
}

beforeAll(() => ready);

describe('reading QM7-X', () => {
  it('gives every conformation with its energy, forces and where it is from', async () => {
    const path = write('1000.hdf5', (root) => {
      const first = root.create_group('1');
      putConformation(first, 'Geom-m1-i1-c1-1', -2077.5);
      putConformation(first, 'Geom-m1-i1-c1-opt', -2078);
      putConformation(root.create_group('2'), 'Geom-m2-i1-c1-opt', -2079);
    });
    const structures = await readStructures(path);
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-2077.5, -2078, -2079]);
    expect(structures.map(({ info }) => info)).toEqual([
      { molecule: '1', conformation: 'Geom-m1-i1-c1-1' },
      { molecule: '1', conformation: 'Geom-m1-i1-c1-opt' },
      { molecule: '2', conformation: 'Geom-m2-i1-c1-opt' },
    ]);
    const [{ pbc, ...first }] = structures;
    expect(symbolsOf(first)).toEqual(['O', 'H', 'H']);
    expect(first.positions).toEqual(positions.slice(0, 9));
    expect(first.labels.forces).toEqual(forces.slice(0, 9));
    expect(pbc).toEqual([false, false, false]);
  });
});

describe('reading Transition1x', () => {
  const fill = (parent: Group) => {
    const reaction = parent.create_group('C2H2N2O').create_group('rxn2091');
    putWater(reaction);
    putWater(reaction.create_group('reactant'), { frames: 1 });
    putWater(parent.create_group('H2O').create_group('rxn0001'), { bytes: 4 });
  };

  it('gives the conformations of every reaction, each once, with energies and forces', async () => {
    const path = write('data.h5', (root) => fill(root.create_group('data')));
    const structures = await readStructures(path);
    expect(structures.map(({ info }) => info)).toEqual(
      ['C2H2N2O rxn2091', 'H2O rxn0001'].flatMap((name) => {
        const [formula, reaction] = name.split(' ');
        return [0, 1].map((frame) => ({ formula, reaction, frame }));
      }),
    );
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-2078.5, -2078.25, -2078.5, -2078.25]);
    expect(structures[1].positions).toEqual(positions.slice(9));
    expect(structures[1].labels.forces).toEqual(forces.slice(9));
    expect(structures[3].positions).toEqual(Float64Array.from(Float32Array.from(positions.slice(9))));
  });

  it.each([true, false])('tells the part of a file that is split, with the parts in "data": %s', async (isInside) => {
    const path = write('split.h5', (root) => {
      const parent = isInside ? root.create_group('data') : root;
      if (!isInside) fill(root.create_group('data'));
      for (const split of ['test', 'train', 'val']) fill(parent.create_group(split));
    });
    const structures = await readStructures(path);
    expect(structures.map(({ info }) => info.split)).toEqual(
      ['train', 'val', 'test'].flatMap((split) => Array<string>(4).fill(split)),
    );
  });

  it('follows the links of parts into the data', async () => {
    const path = write('links.h5', (root) => {
      fill(root.create_group('data'));
      const part = root.create_group('train').create_group('H2O');
      part.create_soft_link('/data/H2O/rxn0001', 'rxn0001');
    });
    const structures = await readStructures(path);
    expect(structures.map(({ info }) => info.split)).toEqual(['train', 'train']);
  });
});

describe('an HDF5 file', () => {
  it('is known by its content', async () => {
    const path = write('noname', (root) => putConformation(root.create_group('1'), 'a', -1));
    expect(await readStructures(path)).toHaveLength(1);
  });

  it('may begin after a block of the user', async () => {
    const path = write('plain.h5', (root) => putConformation(root.create_group('1'), 'a', -1));
    writeFileSync(pathOf('block.h5'), Buffer.concat([Buffer.alloc(512), readFileSync(path)]));
    expect(await readStructures(pathOf('block.h5'))).toHaveLength(1);
  });

  it.each<[what: string, message: RegExp, fill: (root: Group) => void]>([
    ['nothing', /expected the layout of QM7-X or Transition1x, found nothing$/, () => undefined],
    [
      'another layout',
      /found gdb11_s01 \/ gdb11_s01-0 \/ coordinates, energies$/,
      (root) => {
        const group = root.create_group('gdb11_s01').create_group('gdb11_s01-0');
        put(group, 'coordinates', positions, [2, 3, 3]);
        put(group, 'energies', Float64Array.of(1, 2), [2]);
      },
    ],
    [
      'data without molecules',
      /expected at least one molecule, found none/,
      (root) => root.create_group('data').create_group('H2O'),
    ],
    [
      'too few forces',
      /\/1\/a\/totFOR: expected 9 numbers, found an array \[2, 3\]/,
      (root) => {
        const group = root.create_group('1').create_group('a');
        put(group, 'atNUM', Uint8Array.of(8, 1, 1), [3]);
        put(group, 'atXYZ', positions.slice(0, 9), [3, 3]);
        put(group, 'totFOR', positions.slice(0, 6), [2, 3]);
      },
    ],
    [
      'no positions',
      /\/data\/H2O\/r: expected a data set positions, found atomic_numbers/,
      (root) =>
        put(root.create_group('data').create_group('H2O').create_group('r'), 'atomic_numbers', Uint8Array.of(1), [1]),
    ],
    [
      'an energy that is no number',
      /ePBE0\+MBD: expected finite numbers, found NaN/,
      (root) => putConformation(root.create_group('1'), 'a', Number.NaN),
    ],
    [
      'text for an energy',
      /ePBE0\+MBD: expected numbers/,
      (root) => {
        const group = root.create_group('1').create_group('a');
        put(group, 'atNUM', Uint8Array.of(1), [1]);
        put(group, 'atXYZ', positions.slice(0, 3), [1, 3]);
        group.create_dataset({ name: 'ePBE0+MBD', data: ['low'] });
      },
    ],
    [
      'an element that is none',
      /\/1\/a: expected atomic numbers 1 to/,
      (root) => {
        const group = root.create_group('1').create_group('a');
        put(group, 'atNUM', Uint8Array.of(200), [1]);
        put(group, 'atXYZ', positions.slice(0, 3), [1, 3]);
      },
    ],
  ])('with %s is refused', async (_, message, fill) => {
    const path = write('bad.h5', fill);
    const failure = readStructures(path);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ details: { file: path } });
  });

  it('cut or changed anywhere is refused, or gives the same frames but for the changed numbers', async () => {
    const path = write('whole.h5', (root) => putConformation(root.create_group('1'), 'a', -1));
    const bytes = readFileSync(path);
    const refusals = new Set<string>();
    for (let cut = 0; cut < bytes.length; cut += 101) {
      writeFileSync(pathOf('cut.h5'), bytes.subarray(0, cut));
      refusals.add(await readStructures(pathOf('cut.h5')).then(() => 'was read', refusalOf));
    }
    expect([...refusals].sort()).toEqual([
      'expected an HDF5 file, found no signature',
      'the HDF5 data are damaged or cut off, or stored in a way that is not known here (numbers of 2 bytes, other filters than gzip); copy or download the file again, or write it anew',
    ]);
    for (let byte = 8; byte < bytes.length; byte += 53) {
      const changed = Buffer.from(bytes);
      changed[byte] ^= 0x55;
      writeFileSync(pathOf('changed.h5'), changed);
      const result = await readStructures(pathOf('changed.h5')).catch(refusalOf);
      if (typeof result !== 'string') expect(result.map(({ numbers }) => numbers.length)).toEqual([3]);
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'that is refused is closed again, two thousand times over, and read anew once it is whole',
    async () => {
      const path = write('whole.h5', (root) => putConformation(root.create_group('1'), 'a', -1));
      const whole = readFileSync(path);
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, damaged.lastIndexOf('OHDR')); // the header of the last data set
      const openFiles = () => readdirSync('/proc/self/fd').length;
      const before = openFiles();
      for (const bytes of [whole.subarray(0, 900), damaged]) {
        writeFileSync(pathOf('refused.h5'), bytes);
        for (let attempt = 0; attempt < 1000; attempt++)
          await expect(readStructures(pathOf('refused.h5'))).rejects.toThrow(/HDF5 data are damaged/);
      }
      expect(openFiles()).toBeLessThan(before + 10);
      writeFileSync(pathOf('refused.h5'), whole);
      expect(await readStructures(pathOf('refused.h5'))).toHaveLength(1);
    },
  );

  it.each([
    ['external-storage.h5', 'other\\.bin'],
    ['virtual.h5', 'other\\.h5'],
  ])('is read alone: %s, whose numbers lie elsewhere, is refused with the name of that file', async (name, other) => {
    const failure = readStructures(fixture(name));
    await expect(failure).rejects.toThrow(new RegExp(`lie in another file, ".*${other}".*copy them into one file`));
    await expect(failure).rejects.toMatchObject({ code: 'format', details: { file: fixture(name) } });
  });

  it('is not put together of parts of itself', async () => {
    await expect(readStructures(fixture('virtual-within.h5'))).rejects.toThrow(/not in one piece .*ordinary one/);
  });

  it('does not hang on a virtual data set whose list of parts is damaged', async () => {
    const bytes = readFileSync(fixture('virtual.h5'));
    const list = bytes.indexOf('GCOL');
    for (let place = list + 8; place < list + 140; place++) {
      const damaged = Buffer.from(bytes);
      damaged[place] = 0xff;
      writeFileSync(pathOf('endless.h5'), damaged);
      await expect(readStructures(pathOf('endless.h5'))).rejects.toMatchObject({ code: 'format' });
    }
  });

  it('that makes the library ask for memory without end is given up', async () => {
    for (const [parts, message] of [
      [2n ** 12n, /damaged or cut off/],
      [10n ** 6n, /reading the HDF5 data would take more than \d+ MB/],
    ] as const) {
      writeFileSync(pathOf('heap.h5'), withParts(readFileSync(fixture('virtual.h5')), parts));
      await expect(readStructures(pathOf('heap.h5'))).rejects.toThrow(message);
    }
  });

  it('is read alone: a link to another file is refused by name, and the other file stays unread', async () => {
    const other = write('secret.h5', (root) => putConformation(root.create_group('1'), 'a', -7));
    const groups = write('linked-group.h5', (root) => root.create_external_link(other, '/1', '1'));
    const inner = write('linked-inner.h5', (root) => {
      putConformation(root.create_group('1'), 'a', -1);
      root.create_group('2').create_external_link('secret.h5', '/1/a', 'b');
    });
    const positions = write('linked-set.h5', (root) => {
      const group = root.create_group('1').create_group('a');
      put(group, 'atNUM', Uint8Array.of(8, 1, 1), [3]);
      group.create_external_link(other, '/1/a/atXYZ', 'atXYZ');
    });
    for (const path of [groups, inner, positions]) {
      const failure = readStructures(path);
      await expect(failure, path).rejects.toThrow(/lie in another file, ".*secret\.h5".*copy them into one file/);
      await expect(failure).rejects.toMatchObject({ code: 'format', details: { file: path } });
    }
    expect(await readStructures(other)).toHaveLength(1);
  });

  it('that declares far more numbers than it stores is refused before they are made', async () => {
    const path = write('empty.h5', (root) => {
      const group = root.create_group('1').create_group('a');
      put(group, 'atNUM', Uint8Array.of(1), [1]);
      group.create_dataset({
        name: 'atXYZ',
        data: new Float64Array(3 * 2 ** 21),
        shape: [2 ** 21, 3],
        chunks: [2 ** 12, 3],
        compression: 9,
      });
    });
    await expect(readStructures(path)).rejects.toThrow(/\/1\/a\/atXYZ would take more than \d+ MB/);
  });

  it('that is missing, packed, from the standard input or none at all is refused with the remedy', async () => {
    await expect(readStructures(pathOf('missing.h5'))).rejects.toThrow(/there is no such file/);
    writeFileSync(pathOf('packed.h5.gz'), gzipSync('anything'));
    await expect(readStructures(pathOf('packed.h5.gz'))).rejects.toThrow(/may not be packed \(gzip\); unpack it/);
    await expect(readStructures('-', { format: 'hdf5' })).rejects.toThrow(/give its name/);
    writeFileSync(pathOf('text.h5'), 'no HDF5 at all');
    await expect(readStructures(pathOf('text.h5'))).rejects.toThrow(/found no signature/);
  });
});

function refusalOf(error: Error): string {
  return error.message.replace(/^.*\.h5: /, '');
}
