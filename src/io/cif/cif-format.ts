import type { Format } from '../format.js';
import { iterateCif } from './cif.js';
import { formatCif, refusalOfCif } from './format-cif.js';

/** CIF, with mmCIF and magCIF. */
export const cif = {
  name: 'cif',
  endings: ['.cif', '.mcif'],
  isText: (_, lines) => lines.some((line) => /^data_/i.test(line)),
  read: { from: 'text', iterate: iterateCif },
  write: { ending: '.cif', format: formatCif, refusalOf: refusalOfCif, heldParts: () => [] },
} as const satisfies Format;
