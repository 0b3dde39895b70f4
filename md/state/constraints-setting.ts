import { z } from 'zod';
import { invalid, type LammError } from '../../src/errors.js';
import { setting } from '../../src/settings/setting.js';
import type { Constraint } from './constraints.js';

const atoms = z.array(z.int()).readonly();
const vector = z.array(z.number()).readonly();

const constraintSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('atoms'), atoms }),
  z.strictObject({ kind: z.literal('plane'), atoms, normal: vector }),
  z.strictObject({ kind: z.literal('line'), atoms, direction: vector }),
]) satisfies z.ZodType<Constraint>;

/** What may not move, besides the fixed coordinates of a structure. */
export const constraintsSetting = setting(z.array(constraintSchema).readonly().default([]), {
  flag: 'constrain',
  form: 'what',
  help: 'atoms:1-4,7 are fixed, plane:5:0,0,1 keeps to a plane, line:6:1,0,0 to a line; may be repeated, or several with ; between',
  expected:
    'a list of constraints, each with its kind, atoms counted from 0, and for a plane or line a vector of three numbers',
  parse: (text, previous) => parseConstraints(text, previous as readonly Constraint[] | undefined), // what it gave before
});

/**
 * Reads `KIND:ATOMS[:x,y,z]`, one or several with `;` between, and adds them to the constraints before; atoms are
 * counted from 1, `2-5` is a range.
 *
 * @throws {LammError} `usage` with the expected form.
 */
export function parseConstraints(text: string, previous: readonly Constraint[] = []): Constraint[] {
  return [...previous, ...text.split(';').map(parseConstraint)];
}

function parseConstraint(text: string): Constraint {
  const [kind, list = '', vector, ...rest] = text.split(':').map((part) => part.trim());
  const atoms = parseAtoms(list, text);
  const isComplete = rest.length === 0 && (vector === undefined) === (kind === 'atoms');
  if (!isComplete || !['atoms', 'plane', 'line'].includes(kind)) throw malformed(text);
  if (kind === 'atoms') return { kind, atoms };
  const direction = vector.split(',').map((value) => (value.trim() === '' ? Number.NaN : Number(value)));
  if (direction.length !== 3 || !direction.every(Number.isFinite)) throw malformed(text);
  return kind === 'plane' ? { kind, atoms, normal: direction } : { kind: 'line', atoms, direction };
}

/** More atoms in all ranges together than any structure has. */
const maxAtoms = 1e7;

function parseAtoms(list: string, text: string): number[] {
  let room = maxAtoms;
  return list.split(',').flatMap((item) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(item) ?? [];
    const count = Number(last) - Number(first) + 1;
    room -= count;
    if (!(count > 0 && Number(first) > 0 && room >= 0)) throw malformed(text);
    return Array.from({ length: count }, (_, i) => Number(first) - 1 + i);
  });
}

function malformed(text: string): LammError {
  const expected = 'atoms:1-4,7 or plane:1-4:0,0,1 or line:5:1,0,0, atoms counted from 1';
  return invalid('constraints', { expected, actual: text });
}
