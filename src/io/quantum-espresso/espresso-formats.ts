import type { Format } from '../format.js';
import { parseEspressoInput } from './espresso-input.js';
import { iterateEspressoOutput } from './espresso-output.js';

/** Outputs of pw.x. */
export const espressoOutput = {
  name: 'espresso-out',
  program: 'Quantum ESPRESSO',
  endings: ['.pwo'],
  isText: (head) => /^ *Program PWSCF /m.test(head),
  read: { from: 'chunks', iterate: iterateEspressoOutput },
} as const satisfies Format;

/** Inputs of pw.x. */
export const espressoInput = {
  name: 'espresso-in',
  program: 'Quantum ESPRESSO',
  endings: ['.pwi'],
  isText: (head) => /^[ \t]*&(?:control|system)\b/im.test(head),
  lessThan: ['espresso-out'],
  read: { from: 'text', iterate: parseEspressoInput },
} as const satisfies Format;
