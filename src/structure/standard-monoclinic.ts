import { inverse3, type Matrix3, multiply3, transpose3 } from '../linalg/matrix3.js';
import { cellFromParameters, cellParameters, multiplyRows } from './cell.js';

/**
 * A symmetry operation on fractional coordinates as columns: s -> rotation s + translation, [3 x 3] row-major and [3].
 */
export interface CrystalOperation {
  readonly rotation: readonly number[];
  readonly translation: readonly number[];
}

/** A basis whose vectors are `rows` times those of another, and its origin in shares of the other. */
export interface BasisChange {
  readonly rows: Matrix3;
  readonly origin: Float64Array;
}

/** How far the new vectors a and c may reach. */
const reach = 4;
/** Places of the origin that keep a monoclinic setting lie on a grid of quarters. */
const quarters = [0, 0.25, 0.5, 0.75];

/**
 * The change to the shortest a and c with an angle of at least 90 degrees that a monoclinic cell (unique axis b) can
 * have with its operations, the centring and the glide plane, written as they are.  The cell of a setting is not
 * unique, and the usual one is this.
 *
 * @see International Tables for Crystallography A, section 3.1.
 */
export function reduceMonoclinic(cell: Matrix3, operations: readonly CrystalOperation[]): BasisChange {
  const candidates: { rows: Matrix3; size: number }[] = [];
  for (const [i, k] of pairs())
    for (const [j, l] of pairs()) {
      const determinant = i * l - k * j;
      if (Math.abs(determinant) !== 1) continue;
      const rows = Float64Array.of(i, 0, k, 0, determinant, 0, j, 0, l);
      const { lengths, angles } = cellParameters(multiply3(rows, cell));
      if (angles[1] > 90 - 1e-6) candidates.push({ rows, size: lengths[0] + lengths[2] });
    }
  candidates.sort((a, b) => a.size - b.size);
  for (const { rows } of candidates) {
    const origin = originThatKeeps(rows, operations);
    if (origin !== undefined) return { rows, origin };
  }
  return { rows: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), origin: new Float64Array(3) };
}

/** The cell in its usual orientation and the positions, in A, after such a change. */
export function changeBasis(
  { cell, positions }: { readonly cell: Matrix3; readonly positions: Float64Array },
  { rows, origin }: BasisChange,
) {
  const { lengths, angles } = cellParameters(multiply3(rows, cell));
  const shares = multiplyRows(positions, inverse3(cell)).map((share, i) => share - origin[i % 3]);
  const moved = multiplyRows(shares, inverse3(rows)).map((share) => share - Math.floor(share + 1e-9));
  const changed = cellFromParameters(lengths, angles);
  return { cell: changed, positions: multiplyRows(moved, changed) };
}

function* pairs(): Generator<[number, number]> {
  for (let i = -reach; i <= reach; i++) for (let k = -reach; k <= reach; k++) yield [i, k];
}

/**
 * Shares s change to (s - origin) rows^-1: an operation W, w becomes P^-1 W P, P^-1 (w + (W - 1) origin) with P the
 * transpose of `rows`.
 */
function originThatKeeps(rows: Matrix3, operations: readonly CrystalOperation[]): Float64Array | undefined {
  const wanted = new Set(operations.map(({ rotation, translation }) => nameOf(rotation, translation)));
  const p = transpose3(rows);
  const inverse = inverse3(p);
  const rotations = operations.map(({ rotation }) => multiply3(multiply3(inverse, rotation), p));
  for (const x of quarters)
    for (const y of quarters)
      for (const z of quarters) {
        const origin = Float64Array.of(x, y, z);
        const keeps = operations.every(({ rotation, translation }, index) => {
          const turned = timesColumn(rotation, origin);
          const shift = turned.map((value, axis) => translation[axis] + value - origin[axis]);
          return wanted.has(nameOf(rotations[index], timesColumn(inverse, shift)));
        });
        if (keeps) return origin;
      }
  return undefined;
}

function timesColumn(m: ArrayLike<number>, [x, y, z]: Float64Array): Float64Array {
  return Float64Array.of(
    m[0] * x + m[1] * y + m[2] * z,
    m[3] * x + m[4] * y + m[5] * z,
    m[6] * x + m[7] * y + m[8] * z,
  );
}

/** Translations of symmetry operations are multiples of a 24th. */
function nameOf(rotation: ArrayLike<number>, translation: ArrayLike<number>): string {
  const turn = Array.from(rotation, (value) => Math.round(value) + 0);
  const shift = Array.from(translation, (value) => ((Math.round(24 * value) % 24) + 24) % 24);
  return `${turn.join()};${shift.join()}`;
}
