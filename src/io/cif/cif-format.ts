import type { Format } from '../format.js';
import { iterateCif } from './cif.js';
import { formatCif, keepsName, refusalOfCif } from './format-cif.js';

/** CIF, with mmCIF and magCIF. */
export const cif = {
  name: 'cif',
  endings: ['.cif', '.mcif'],
  isText: (_, lines) => lines.some((line) => /^data_/i.test(line)),
  read: { from: 'text', iterate: iterateCif },
  write: {
    ending: '.cif',
    format: formatCif,
    refusalOf: refusalOfCif,
    heldParts: () => [],
    heldInfo: (structure) => (keepsName(structure) ? ['name'] : []),
  },
} as const satisfies Format;
