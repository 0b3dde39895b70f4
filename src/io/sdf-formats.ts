import { readUpTo } from './bytes/byte-source.js';
import { readChunks } from './bytes/read-file.js';
import { isTar } from './bytes/tar.js';
import type { Format } from './format.js';
import { isQmugs, iterateQmugs, iterateQmugsFolder, iterateSdfTar, withQmugsEnergies } from './qmugs/qmugs.js';
import { linesOfRecord } from './sdf/records.js';
import { iterateSdf, locateSdfRecords, parseRecord } from './sdf/sdf.js';

/** SD and MOL files. */
export const sdf = {
  name: 'sdf',
  endings: ['.sdf', '.sd', '.mol'],
  isText: (_, lines) => / V[23]000\s*$/.test(lines[3] ?? ''),
  holdsMany: true,
  read: { from: 'chunks', iterate: iterateSdf },
  frames: {
    from: 'bytes',
    open(source) {
      const { file = '', size } = source;
      return {
        locate: () => locateSdfRecords(readChunks(file), file),
        read({ offset, length, mark: line }) {
          const bytes = readUpTo(source, offset, length);
          const structure = parseRecord(linesOfRecord(bytes, { line, isClosed: offset + bytes.length < size }, file));
          return isQmugs(bytes) ? withQmugsEnergies(structure, file) : structure;
        },
      };
    },
  },
} as const satisfies Format;

/** SD files with the fields of QMugs. */
export const qmugs = {
  name: 'qmugs',
  within: 'sdf',
  isBytes: isQmugs,
  read: { from: 'chunks', iterate: iterateQmugs },
  readFolder: iterateQmugsFolder,
} as const satisfies Format;

/** Archives of SD files. */
export const sdfTar = {
  name: 'sdf-tar',
  within: 'sdf',
  isBytes: isTar,
  read: { from: 'chunks', iterate: iterateSdfTar },
} as const satisfies Format;
