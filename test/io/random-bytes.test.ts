import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { parseJsonDatabase } from '../../src/io/ase/json-database.js';
import { iterateSqlDatabase } from '../../src/io/ase/sql-database.js';
import { iterateAseTrajectory } from '../../src/io/ase/trajectory.js';
import { byteSourceOf } from '../../src/io/bytes/byte-source.js';
import { iterateLmdbRows } from '../../src/io/lmdb/rows.js';
import { parseSdf } from '../../src/io/sdf/sdf.js';
import type { Structure } from '../../src/structure/structure.js';

const file = 'random';
const metaPage = Buffer.alloc(4096);
metaPage.writeUInt16LE(8, 10);
metaPage.writeUInt32LE(0xbeefc0de, 16);
metaPage.writeUInt32LE(1, 20);
metaPage.writeUInt32LE(4096, 40);
metaPage.writeUInt16LE(3, 94);
metaPage.writeBigUInt64LE(1n, 128);

const readers: Record<string, [start: Buffer, read: (bytes: Buffer) => Structure[]]> = {
  'SDF V2000': [Buffer.from('a\nb\nc\n  2  1  0 V2000\n'), (bytes) => parseSdf(bytes.toString('latin1'), { file })],
  'SDF V3000': [
    Buffer.from('a\nb\nc\n  0  0  0 V3000\nM  V30 BEGIN CTAB\nM  V30 '),
    (bytes) => parseSdf(bytes.toString('latin1'), { file }),
  ],
  'ASE trajectory': [
    Buffer.from(`- of Ulm${'ASE-Trajectory'.padEnd(16)}`),
    (bytes) => [...iterateAseTrajectory(byteSourceOf(bytes, file))],
  ],
  'ASE database in JSON': [Buffer.from('{"1": {'), (bytes) => parseJsonDatabase(bytes.toString('latin1'), { file })],
  'ASE database in SQLite': [
    Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.of(2, 0), Buffer.alloc(82), Buffer.of(13, 0, 0, 0, 9)]),
    (bytes) => [...iterateSqlDatabase(byteSourceOf(bytes, file))],
  ],
  'LMDB database': [metaPage, (bytes) => [...iterateLmdbRows(byteSourceOf(bytes, file))]],
};

describe.each(Object.entries(readers))('%s', (_, [start, read]) => {
  it.each([
    ['random bytes', Buffer.alloc(0)],
    ['the right beginning and random bytes', start],
  ])('answers %s with an error that names the file', (_, beginning) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), (bytes) => {
        expect(() => read(Buffer.concat([beginning, bytes]))).toThrow(
          expect.objectContaining({ name: LammError.name, details: expect.objectContaining({ file }) }),
        );
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});
