import type { Format } from '../format.js';
import { isLmdb } from './lmdb.js';
import { atomCountOfRow, iterateLmdbRows, locateLmdbRows, readLmdbRow } from './rows.js';

/** LMDB databases of ASE and of fairchem. */
export const lmdb = {
  name: 'lmdb',
  endings: ['.aselmdb', '.lmdb', '.mdb'],
  isBytes: isLmdb,
  holdsMany: true,
  hasConstraints: true,
  read: { from: 'bytes', iterate: iterateLmdbRows },
  frames: {
    from: 'bytes',
    open: (source, options) => ({
      *locate(sizes) {
        for (const [index, { id, ...span }] of locateLmdbRows(source).entries()) {
          yield { ...span, mark: id, atomCount: sizes?.[index] ?? atomCountOfRow(source, { id, ...span }) };
        }
      },
      read: ({ offset, length, mark: id }) =>
        readLmdbRow(source.read(offset, length), { ...options, id, file: source.file }),
      count: () => locateLmdbRows(source).length,
    }),
  },
} as const satisfies Format;
