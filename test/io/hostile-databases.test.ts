import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { File, ready } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { iterateSqlDatabase } from '../../src/io/ase/sql-database.js';
import { iterateAseTrajectory } from '../../src/io/ase/trajectory.js';
import { byteSourceOf } from '../../src/io/bytes/byte-source.js';
import { parseGraph } from '../../src/io/lmdb/graph-pickle.js';
import { iterateLmdbRows, locateLmdbRows } from '../../src/io/lmdb/rows.js';
import { parseNpz } from '../../src/io/npz.js';
import { readStructures } from '../../src/io/read-structures.js';

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../fixtures/io/${name}`, import.meta.url)));
const file = 'hostile';
/** Longest time for one file, in microseconds of the processor. */
const patience = 1_000_000;

type Read = (bytes: Buffer) => unknown;

const readLmdb: Read = (bytes) => [...iterateLmdbRows(byteSourceOf(bytes, file))];
const readSqlite: Read = (bytes) => [...iterateSqlDatabase(byteSourceOf(bytes, file))];
const readTrajectory: Read = (bytes) => [...iterateAseTrajectory(byteSourceOf(bytes, file))];

/**
 * What reading ends in: an error of ours, or that the bytes were read.  Anything else fails, and so does taking too
 * long.
 */
async function outcomeOf(read: Read, bytes: Buffer): Promise<string> {
  const start = process.cpuUsage();
  try {
    await read(bytes);
    return 'read';
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    return error.message;
  } finally {
    const { user, system } = process.cpuUsage(start);
    expect(user + system).toBeLessThan(patience);
  }
}

/** Overwrites eight bytes with all ones, all zeros, or a number that is huge or negative in either order of bytes. */
const hugeNumbers = [
  'ffffffffffffffff',
  '0000000000000000',
  'ffffffffffffff7f',
  '7fffffffffffffff',
  '0000ffff0000ffff',
].map((hex) => Buffer.from(hex, 'hex'));

let folder = '';
let hdf5 = Buffer.alloc(0);
beforeAll(async () => {
  await ready;
  folder = mkdtempSync(join(tmpdir(), 'lamm-hostile-'));
  const whole = new File(join(folder, 'whole.h5'), 'w');
  const group = whole.create_group('1').create_group('a');
  group.create_dataset({ name: 'atNUM', data: Uint8Array.of(8, 1), shape: [2] });
  group.create_dataset({ name: 'atXYZ', data: new Float64Array(6), shape: [2, 3], chunks: [2, 3], compression: 4 });
  group.create_dataset({ name: 'ePBE0+MBD', data: Float64Array.of(-1), shape: [1] });
  whole.close();
  hdf5 = readFileSync(join(folder, 'whole.h5'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const readHdf5: Read = (bytes) => {
  writeFileSync(join(folder, 'hostile.h5'), bytes);
  return readStructures(join(folder, 'hostile.h5'));
};

const firstGraph = () => {
  const source = byteSourceOf(fixture('lmdb/is2re-pyg2.lmdb'));
  const [{ offset, length }] = locateLmdbRows(source);
  return source.read(offset, length);
};

const databases: Readonly<Record<string, readonly [read: Read, whole: () => Buffer, step: number]>> = {
  'LMDB of JSON rows': [readLmdb, () => fixture('lmdb/rows.aselmdb'), 149],
  'LMDB of pickles': [readLmdb, () => fixture('lmdb/s2ef-pyg1.lmdb'), 61],
  'a pickle': [parseGraph, firstGraph, 7],
  SQLite: [readSqlite, () => fixture('ase/rows.db'), 211],
  'an ASE trajectory': [readTrajectory, () => fixture('ase/frames.traj'), 29],
  HDF5: [readHdf5, () => hdf5, 31],
};

describe.each(Object.entries(databases))('%s', (_, [read, whole, step]) => {
  it('cut off anywhere is refused or gives what is whole, at once', async () => {
    const bytes = whole();
    for (let end = 0; end < bytes.length; end += step) await outcomeOf(read, bytes.subarray(0, end));
  });

  it('with huge numbers anywhere is refused or read, at once', async () => {
    const bytes = whole();
    for (let at = 0; at + 8 <= bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      hugeNumbers[(at / step) % hugeNumbers.length].copy(changed, at);
      await outcomeOf(read, changed);
    }
  });

  it('of random bytes is refused, at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 20_000, size: 'max' }), async (bytes) => {
        expect(await outcomeOf(read, Buffer.from(bytes))).not.toBe('read');
      }),
      { numRuns: 100 },
    );
  });
});

/** Pages of an LMDB file behind its two meta pages. */
function lmdbOf(depth: number, ...pages: readonly Buffer[]): Buffer {
  const meta = Buffer.alloc(4096);
  meta.writeUInt16LE(8, 10);
  meta.writeUInt32LE(0xbeefc0de, 16);
  meta.writeUInt32LE(1, 20);
  meta.writeUInt32LE(4096, 40);
  meta.writeUInt16LE(depth, 94);
  meta.writeBigUInt64LE(2n, 128);
  return Buffer.concat([meta, Buffer.alloc(4096), ...pages]);
}

/** A page of LMDB with nodes of a key of one byte. */
function lmdbPage(
  kind: number,
  nodes: readonly { readonly low: number; readonly flags: number; readonly data?: Buffer }[],
): Buffer {
  const page = Buffer.alloc(4096);
  page.writeUInt16LE(kind, 10);
  page.writeUInt16LE(16 + 2 * nodes.length, 12);
  let end = 4096;
  for (const [index, { low, flags, data = Buffer.alloc(0) }] of nodes.entries()) {
    end = (end - 9 - data.length) & ~1;
    page.writeUInt16LE(end, 16 + 2 * index);
    page.writeUInt32LE(low, end);
    page.writeUInt16LE(flags, end + 4);
    page.writeUInt16LE(1, end + 6);
    page.write(String(index % 10), end + 8);
    data.copy(page, end + 9);
  }
  return page;
}

describe('pages that refer to each other in circles', () => {
  const branch = (...children: number[]) =>
    lmdbPage(
      1,
      children.map((low) => ({ low, flags: 0 })),
    );

  it.each([
    ['a branch of LMDB that is its own child', lmdbOf(30, branch(2, 2, 2, 2))],
    ['two branches of LMDB that are each other’s children', lmdbOf(30, branch(3, 3, 3), branch(2, 2, 2))],
    ['a tree of LMDB that says it is deeper than any', lmdbOf(65_535, branch(2))],
  ])('%s', async (_, bytes) => {
    expect(await outcomeOf(readLmdb, bytes)).toMatch(/deeper or larger than it says/);
  });

  it('many values of LMDB in the same place', async () => {
    const overflow = Buffer.alloc(8 * 4096);
    overflow.writeUInt16LE(4, 10);
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(3n);
    const nodes = Array.from({ length: 100 }, () => ({ low: 8 * 4096 - 16, flags: 1, data: place }));
    expect(await outcomeOf(readLmdb, lmdbOf(1, lmdbPage(2, nodes), overflow))).toMatch(/longer than the file/);
  });

  const rows = fixture('ase/rows.db');
  const pageSize = rows.readUInt16BE(16);

  it('every page of SQLite that has children, as its own child', async () => {
    let changed = 0;
    for (let page = 0; page * pageSize < rows.length; page++) {
      const start = page * pageSize + (page === 0 ? 100 : 0);
      if (rows[start] !== 5) continue;
      const bytes = Buffer.from(rows);
      bytes.writeUInt32BE(page + 1, start + 8);
      expect(await outcomeOf(readSqlite, bytes)).toMatch(/deeper or larger than the file/);
      changed++;
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('a chain of overflow pages of SQLite that leads back to itself', async () => {
    // each page that begins with the number of the next one is sent to itself
    for (let page = 1; page * pageSize < rows.length; page++) {
      const bytes = Buffer.from(rows);
      bytes.writeUInt32BE(page + 1, page * pageSize);
      await outcomeOf(readSqlite, bytes);
    }
  });

  it('items of an ASE trajectory in the same place', async () => {
    const bytes = Buffer.from(fixture('ase/frames.traj'));
    const [count, table] = [32, 40].map((at) => Number(bytes.readBigInt64LE(at)));
    for (let item = 1; item < count; item++) bytes.copy(bytes, table + 8 * item, table, table + 8);
    expect(await outcomeOf(readTrajectory, bytes)).toMatch(/lie in the same place/);
  });

  it('a group of HDF5 that is in itself', async () => {
    const path = join(folder, 'circle.h5');
    const circle = new File(path, 'w');
    circle.create_group('1').create_hard_link('/1', '1');
    circle.close();
    expect(await outcomeOf(() => readStructures(path), Buffer.alloc(0))).toMatch(/expected the layout of QM7-X/);
  });
});

describe('what unpacks to too much', () => {
  it('is refused in a row of LMDB', async () => {
    const bomb = deflateSync(Buffer.alloc(2 ** 27));
    const overflow = Buffer.alloc(4096 * Math.ceil((bomb.length + 16) / 4096));
    overflow.writeUInt16LE(4, 10);
    bomb.copy(overflow, 16);
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(3n);
    const leaf = lmdbPage(2, [{ low: bomb.length, flags: 1, data: place }]);
    expect(await outcomeOf(readLmdb, lmdbOf(1, leaf, overflow))).toMatch(/row 0: .* larger than 32 MB/);
  });

  it('is refused in metadata.npz', async () => {
    const npz = Buffer.from(fixture('lmdb/parts/metadata.npz'));
    const directory = npz.indexOf('PK\x01\x02', 0, 'latin1');
    npz.writeUInt32LE(0xf0000000, directory + 24);
    const read: Read = (bytes) => parseNpz(bytes, 'natoms', { file });
    expect(await outcomeOf(read, npz)).toMatch(/hostile: expected arrays as numpy.savez writes them/);
    for (let end = 0; end < npz.length; end++) await outcomeOf(read, npz.subarray(0, end));
  });
});
