import { LammError } from '../../errors.js';
import { determinant3 } from '../../linalg/matrix3.js';
import { quote } from '../text/text-cursor.js';

/** A symmetry operation on fractional columns: `x' = rotation x + translation`. */
export interface SymmetryOperation {
  /** Integers, [3 x 3], row-major. */
  readonly rotation: readonly number[];
  /** Fractions in [0, 1), [3]. */
  readonly translation: readonly number[];
  /** Whether a magnetic operation turns moments round, too. */
  readonly reversesTime?: boolean;
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
  const parts = (/\s/.test(text) ? text.replace(/\s+/g, '') : text).toLowerCase().split(',', 5);
  if (parts.length !== 3) throw notAnOperation(text, `it has ${parts.length} parts`);
  const rotation: number[] = [];
  const translation: number[] = [];
  for (const part of parts) {
    const row = parseLinear(part);
    if (!row?.coefficients.every(Number.isInteger)) {
      throw notAnOperation(text, `${quote(part)} is not a sum of x, y, z and a fraction`);
    }
    rotation.push(...row.coefficients);
    translation.push(snapFraction(row.shift));
  }
  if (Math.abs(determinant3(rotation)) !== 1) throw notAnOperation(text, 'it does not preserve volumes');
  return { rotation, translation };
}

function notAnOperation(text: string, reason: string): LammError {
  const message = `expected a symmetry operation such as "x, -y, z+1/2", found ${quote(text)}: ${reason}`;
  return new LammError('format', message);
}

/**
 * The operations of a list without repetitions.
 *
 * @throws {LammError} `format`, without a place, when there are more than a space group can have.
 */
export function distinctOperations(operations: readonly SymmetryOperation[]): SymmetryOperation[] {
  const distinct = new Map<number | string, SymmetryOperation>();
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
 * A product of operations that is missing in the list, so that they are not a group; `undefined` when they are one.
 * The group is built up from generators, each of which brings whole cosets of the group before it (Dimino's algorithm).
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

/** All products of some operations; `undefined` when they are more than a space group has in a conventional cell. */
export function groupOf(generators: readonly SymmetryOperation[]): SymmetryOperation[] | undefined {
  const group = new Map([[keyOf(identity), identity]]);
  const used: SymmetryOperation[] = [];
  for (const generator of generators) {
    if (group.has(keyOf(generator))) continue;
    used.push(generator);
    const subgroup = [...group.values()];
    const representatives = [generator];
    for (const representative of representatives) {
      if (group.has(keyOf(representative))) continue;
      for (const element of subgroup) {
        const product = compose(element, representative);
        group.set(keyOf(product), product);
      }
      if (group.size > maximumOperations) return undefined;
      representatives.push(...used.map((other) => compose(representative, other)));
    }
  }
  return [...group.values()];
}

/** Whether an operation only moves, by a vector of the lattice. */
export function isTranslation({ rotation, reversesTime }: SymmetryOperation): boolean {
  return !reversesTime && rotation.every((value, index) => value === identity.rotation[index]);
}

/** First `b`, then `a`. */
export function compose(a: SymmetryOperation, b: SymmetryOperation): SymmetryOperation {
  const [r, s, t] = [a.rotation, b.rotation, b.translation];
  const rotation: number[] = [];
  const translation: number[] = [];
  for (let row = 0; row < 9; row += 3) {
    const [x, y, z] = [r[row], r[row + 1], r[row + 2]];
    rotation.push(x * s[0] + y * s[3] + z * s[6], x * s[1] + y * s[4] + z * s[7], x * s[2] + y * s[5] + z * s[8]);
    translation.push(snapFraction(a.translation[row / 3] + x * t[0] + y * t[1] + z * t[2]));
  }
  const reversesTime = (a.reversesTime ?? false) !== (b.reversesTime ?? false);
  return reversesTime ? { rotation, translation, reversesTime } : { rotation, translation };
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

/**
 * Equal for operations that are equal but for rounding: a number where the entries are -1, 0 and 1, as they nearly
 * always are.
 */
function keyOf({ rotation, translation, reversesTime }: SymmetryOperation): number | string {
  let key = reversesTime ? 1 : 0;
  for (const entry of rotation) {
    if (entry > 1 || entry < -1) return `${key};${rotation.join()};${translation.map(thousandths).join()}`;
    key = 3 * key + entry + 1;
  }
  for (const shift of translation) key = 1000 * key + thousandths(shift);
  return key;
}

function thousandths(value: number): number {
  return Math.round(value * 1000) % 1000;
}

interface LinearForm {
  /** Of x, y and z. */
  readonly coefficients: readonly number[];
  readonly shift: number;
}

/** Reads a sum of multiples of x, y, z and a number, such as `-x+1/2`, without blanks and in small letters. */
export function parseLinear(part: string): LinearForm | undefined {
  const coefficients = [0, 0, 0];
  let shift = 0;
  let position = 0;
  while (position < part.length) {
    const sign = part[position];
    if (sign === '+' || sign === '-') position++;
    else if (position > 0) return undefined;
    const numerator = endOfDigits(part, position, true);
    const hasNumber = numerator > position;
    let value = hasNumber ? Number(part.slice(position, numerator)) : 1;
    position = numerator;
    if (hasNumber && part[position] === '/') {
      const end = endOfDigits(part, position + 1, false);
      value /= Number(part.slice(position + 1, end) || Number.NaN);
      position = end;
    }
    if (part[position] === '*') position++;
    const axis = part[position] === undefined ? -1 : 'xyz'.indexOf(part[position]);
    if (!(Math.abs(value) <= 100) || (!hasNumber && axis < 0)) return undefined;
    if (sign === '-') value = -value;
    if (axis < 0) shift += value;
    else {
      coefficients[axis] += value;
      position++;
    }
  }
  return part === '' ? undefined : { coefficients, shift };
}

function endOfDigits(text: string, start: number, allowsPoint: boolean): number {
  let end = start;
  for (let code = text.charCodeAt(end); (code >= 48 && code <= 57) || (allowsPoint && code === 46); )
    code = text.charCodeAt(++end);
  return end;
}
