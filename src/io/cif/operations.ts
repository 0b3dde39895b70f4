import { LammError } from '../../errors.js';
import { determinant3, multiply3 } from '../../linalg/matrix3.js';
import { quote } from '../text-cursor.js';

/** A symmetry operation on fractional columns: `x' = rotation x + translation`. */
export interface SymmetryOperation {
  /** Integers, [3 x 3], row-major. */
  readonly rotation: readonly number[];
  /** Fractions in [0, 1), [3]. */
  readonly translation: readonly number[];
}

export const identity: SymmetryOperation = { rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], translation: [0, 0, 0] };

/** The largest number of operations that a space group has in a conventional cell. */
const maximumOperations = 192;

/**
 * Reads `-x+1/2, y, z-0.25` and the like.
 *
 * @throws {LammError} `format`, without a place, when the text is not an operation or not invertible.
 */
export function parseOperation(text: string): SymmetryOperation {
  const fail = (reason: string): never => {
    throw new LammError(
      'format',
      `expected a symmetry operation such as "x, -y, z+1/2", found ${quote(text)}: ${reason}`,
    );
  };
  const parts = text.replace(/\s+/g, '').toLowerCase().split(',');
  if (parts.length !== 3) return fail(`it has ${parts.length} parts`);
  const rows = parts.map((part) => parsePart(part) ?? fail(`${quote(part)} is not a sum of x, y, z and a fraction`));
  const rotation = rows.flatMap((row) => row.coefficients);
  if (Math.abs(determinant3(rotation)) !== 1) return fail('it does not preserve volumes');
  return { rotation, translation: rows.map((row) => snapFraction(row.shift)) };
}

/**
 * The operations of a list without repetitions.
 *
 * @throws {LammError} `format`, without a place, when there are more than a space group can have.
 */
export function distinctOperations(operations: readonly SymmetryOperation[]): SymmetryOperation[] {
  const distinct = new Map<string, SymmetryOperation>();
  for (const operation of operations) {
    distinct.set(keyOf(operation), operation);
    if (distinct.size <= maximumOperations) continue;
    throw new LammError(
      'format',
      `found more than ${maximumOperations} different symmetry operations; no space group has so many`,
    );
  }
  return [...distinct.values()];
}

/**
 * A product of operations that is missing in the list, so that they are not a group; `undefined` when they are one.  The group is built
 * up from generators, each of which brings whole cosets of the group before it (Dimino's algorithm).
 */
export function missingProduct(operations: readonly SymmetryOperation[]): SymmetryOperation | undefined {
  const members = new Map(operations.map((operation) => [keyOf(operation), operation]));
  if (members.size > 0 && !members.has(keyOf(identity))) return identity;
  const group = new Map([[keyOf(identity), identity]]);
  const generators: SymmetryOperation[] = [];
  for (const [key, operation] of members) {
    if (group.has(key)) continue;
    generators.push(operation);
    const subgroup = [...group.values()];
    const representatives = [operation];
    for (const representative of representatives) {
      for (const element of subgroup) {
        const product = compose(element, representative);
        const productKey = keyOf(product);
        const member = members.get(productKey);
        if (member === undefined) return product;
        group.set(productKey, member);
      }
      for (const generator of generators) {
        const product = compose(representative, generator);
        const productKey = keyOf(product);
        if (!group.has(productKey)) representatives.push(members.get(productKey) ?? product);
      }
    }
  }
  return undefined;
}

/** First `b`, then `a`. */
export function compose(a: SymmetryOperation, b: SymmetryOperation): SymmetryOperation {
  const translation = [0, 0, 0];
  for (let row = 0; row < 3; row++) {
    let shift = a.translation[row];
    for (let k = 0; k < 3; k++) shift += a.rotation[3 * row + k] * b.translation[k];
    translation[row] = snapFraction(shift);
  }
  return { rotation: Array.from(multiply3(a.rotation, b.rotation)), translation };
}

/** The part of a number in [0, 1), as a multiple of 1/24 when it is that but for rounding (0.333, 0.6667). */
export function snapFraction(value: number): number {
  const fraction = value - Math.floor(value);
  const snapped = Math.round(fraction * 24) / 24;
  return (Math.abs(snapped - fraction) < 1e-3 ? snapped : fraction) % 1;
}

export function formatOperation({ rotation, translation }: SymmetryOperation): string {
  const parts = [0, 1, 2].map((row) => {
    const terms = ['x', 'y', 'z'].flatMap((name, column) => {
      const factor = rotation[3 * row + column];
      return factor === 0 ? [] : [`${factor < 0 ? '-' : '+'}${name}`];
    });
    const twentyFourths = Math.round(translation[row] * 24);
    const shift = [1, 2, 3, 4, 6, 8, 12, 24].find((denominator) => (twentyFourths * denominator) % 24 === 0) ?? 24;
    if (twentyFourths > 0) terms.push(`+${(twentyFourths * shift) / 24}/${shift}`);
    return terms.join('').replace(/^\+/, '');
  });
  return parts.join(', ');
}

function keyOf({ rotation, translation }: SymmetryOperation): string {
  return `${rotation.join()};${translation.map((value) => Math.round(value * 1000) % 1000).join()}`;
}

function parsePart(part: string): { coefficients: number[]; shift: number } | undefined {
  const coefficients = [0, 0, 0];
  let shift = 0;
  const terms = part.match(/[+-]?[^+-]+/g) ?? [];
  if (terms.length === 0 || terms.join('') !== part) return undefined;
  for (const term of terms) {
    const [, sign, number = '', denominator, axis] = /^([+-]?)(\d*\.?\d*)(?:\/(\d+))?\*?([xyz]?)$/.exec(term) ?? [];
    if (
      sign === undefined ||
      (number === '' && axis === '') ||
      (number === '' && denominator !== undefined) ||
      number === '.'
    )
      return undefined;
    const value =
      ((sign === '-' ? -1 : 1) * (number === '' ? 1 : Number(number))) /
      (denominator === undefined ? 1 : Number(denominator));
    if (!Number.isFinite(value) || Math.abs(value) > 100) return undefined;
    if (axis === '') shift += value;
    else coefficients['xyz'.indexOf(axis)] += value;
  }
  return coefficients.every(Number.isInteger) ? { coefficients, shift } : undefined;
}
