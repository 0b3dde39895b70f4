import { hartree } from '../../units.js';
import { parseNumber } from '../text/text-cursor.js';

/** What CP2K says of a frame in the comment line of the XYZ files that it writes. */
export interface Cp2kComment {
  readonly step: number;
  /** fs; a relaxation has none. */
  readonly time?: number;
  /** Potential energy in eV. */
  readonly energy: number;
}

/**
 * Reads ` i =        5, time =        2.500, E =       -17.1643447125`, the energy in hartree; undefined for any other
 * comment.
 */
export function parseCp2kComment(comment: string): Cp2kComment | undefined {
  const [, step, time, energy] = /^ *i = *(\d{1,15}),(?: *time = *(\S+),)? *E = *(\S+)\s*$/.exec(comment) ?? [];
  const values = [time === undefined ? 0 : parseNumber(time), parseNumber(energy ?? '')];
  if (step === undefined || !values.every(Number.isFinite)) return undefined;
  return { step: Number(step), ...(time !== undefined && { time: values[0] }), energy: values[1] * hartree };
}
