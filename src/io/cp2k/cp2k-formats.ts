import type { Format } from '../format.js';
import { parseCp2kInput } from './cp2k-input.js';
import { iterateCp2kOutput } from './cp2k-output.js';

/** Outputs of CP2K, which have no ending of their own. */
export const cp2kOutput = {
  name: 'cp2k-out',
  program: 'CP2K',
  isText: (head) => /^ *(?:CP2K\||DBCSR\|)|PROGRAM STARTED AT .*\n.*PROGRAM STARTED ON/m.test(head),
  read: { from: 'chunks', iterate: iterateCp2kOutput },
} as const satisfies Format;

/** Inputs of CP2K. */
export const cp2kInput = {
  name: 'cp2k-in',
  program: 'CP2K',
  isText: (head) => /^[ \t]*&(?:global|force_eval)\b/im.test(head),
  lessThan: ['cp2k-out'],
  read: { from: 'text', iterate: parseCp2kInput },
} as const satisfies Format;
