import type { Format } from '../format.js';
import { iterateOutcar } from './outcar.js';
import { formatPoscar, parsePoscar, partsHeldByPoscar, refusalOfPoscar } from './poscar.js';
import { iterateVasprun } from './vasprun.js';

/** The output of VASP that tells the most of a run. */
export const vasprun = {
  name: 'vasprun',
  program: 'VASP',
  partOfName: /vasprun/i,
  isText: (head) => /^\s*(?:<\?xml[^>]*>\s*)?<modeling>/.test(head),
  read: { from: 'chunks', iterate: iterateVasprun },
} as const satisfies Format;

/** The output of VASP for people. */
export const outcar = {
  name: 'outcar',
  program: 'VASP',
  partOfName: /OUTCAR/,
  isText: (head) => /^\s*vasp\.\d/.test(head),
  lessThan: ['vasprun'],
  read: { from: 'chunks', iterate: iterateOutcar },
} as const satisfies Format;

/** Structures of VASP: POSCAR and CONTCAR. */
export const poscar = {
  name: 'poscar',
  endings: ['.vasp', '.poscar', '.contcar'],
  partOfName: /POSCAR|CONTCAR/,
  isText: (_, lines) => startsWithNumbers(lines[1], 1) && [2, 3, 4].every((line) => startsWithNumbers(lines[line], 3)),
  lessThan: ['vasprun', 'outcar'],
  read: { from: 'text', iterate: parsePoscar },
  write: {
    ending: '.vasp',
    refusalOfMany: 'a POSCAR holds one structure',
    format: formatPoscar,
    refusalOf: refusalOfPoscar,
    heldParts: partsHeldByPoscar,
  },
} as const satisfies Format;

function startsWithNumbers(line: string | undefined, count: number): boolean {
  const words = (line ?? '').trim().split(/\s+/).slice(0, count);
  return words.filter((word) => /^[+-]?[\d.]+/.test(word)).length === count;
}
