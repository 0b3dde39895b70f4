import { madd } from './lanes';
import { lengthOf, product } from './vectors';

// What happens to each atom between the messages of one layer and those of the next.  Rows of atoms are x, [h]; v, [3 x h]; the projections
// v1 and v2 side by side, [3 x 2 h]; x and n, [2 h]; q0, q1, q2, [3 h].  Packets of messages and their sums are those of `messages.ts`.

const half: f32 = <f32>Math.SQRT1_2;

/** Adds what the neighbours sent: x' = (x + dx) / sqrt 2 into the first half of rows of `joined`, v' = v + dv into `vectors`. */
export function addMessages(
  atoms: i32,
  channels: i32,
  sums: usize,
  x: usize,
  v: usize,
  joined: usize,
  vectors: usize,
): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16, sums += 64) {
      const sum = f32x4.add(v128.load(x + at), v128.load(sums));
      v128.store(joined + at, f32x4.mul(sum, f32x4.splat(half)));
      v128.store(vectors + at, f32x4.add(v128.load(v + at), v128.load(sums, 16)));
      v128.store(vectors + row + at, f32x4.add(v128.load(v + row + at), v128.load(sums, 32)));
      v128.store(vectors + 2 * row + at, f32x4.add(v128.load(v + 2 * row + at), v128.load(sums, 48)));
    }
    x += row;
    v += 3 * row;
    joined += 2 * row;
    vectors += 3 * row;
  }
}

/** Rows of a table, [h] by the kind of each atom, into the first half of rows of `joined`. */
export function takeRows(atoms: i32, channels: i32, table: usize, kinds: usize, joined: usize): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++, kinds += 4, joined += 2 * row) {
    memory.copy(joined, table + <usize>load<u32>(kinds) * row, row);
  }
}

/** Length of the second vectors, n = sqrt(|v2|^2 + added), into the second half of rows of `joined`. */
export function measureVectors(atoms: i32, channels: i32, added: f32, projected: usize, joined: usize): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      v128.store(joined + row + at, lengthOf(projected + row + at, 2 * row, added));
    }
    projected += 6 * row;
    joined += 2 * row;
  }
}

/** x'' = s (x' + (q0 + q1 p) / sqrt 2) with p = v1 . v2 / sqrt h. */
export function updateScalars(
  atoms: i32,
  channels: i32,
  scale: f32,
  joined: usize,
  projected: usize,
  mixed: usize,
  mixedRow: usize,
  x: usize,
): void {
  const row = <usize>channels * 4;
  const perRoot = f32x4.splat(<f32>1 / sqrt<f32>(<f32>channels));
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      const p = f32x4.mul(product(projected + at, row), perRoot);
      const dx = madd(v128.load(mixed + row + at), p, v128.load(mixed + at));
      const updated = madd(dx, f32x4.splat(half), v128.load(joined + at));
      v128.store(x + at, f32x4.mul(updated, f32x4.splat(scale)));
    }
    joined += 2 * row;
    projected += 6 * row;
    mixed += mixedRow;
    x += row;
  }
}

/** v'' = v' + q2 v1. */
export function updateVectors(
  atoms: i32,
  channels: i32,
  vectors: usize,
  projected: usize,
  mixed: usize,
  mixedRow: usize,
  v: usize,
): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++, mixed += mixedRow) {
    for (let axis = 0; axis < 3; axis++, vectors += row, projected += 2 * row, v += row) {
      for (let at: usize = 0; at < row; at += 16) {
        const dv = f32x4.mul(v128.load(mixed + 2 * row + at), v128.load(projected + at));
        v128.store(v + at, f32x4.add(v128.load(vectors + at), dv));
      }
    }
  }
}

/** What an atom sends: a, C and B = v b in packets of `messages`, of the rows a, b, C of `sent`; b is kept in `carriers`. */
export function packMessages(atoms: i32, channels: i32, sent: usize, v: usize, messages: usize, carriers: usize): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16, messages += 80) {
      const b = v128.load(sent + row + at);
      v128.store(carriers + at, b);
      v128.store(messages, v128.load(sent + at));
      v128.store(messages, v128.load(sent + 2 * row + at), 16);
      v128.store(messages, f32x4.mul(v128.load(v + at), b), 32);
      v128.store(messages, f32x4.mul(v128.load(v + row + at), b), 48);
      v128.store(messages, f32x4.mul(v128.load(v + 2 * row + at), b), 64);
    }
    sent += 3 * row;
    v += 3 * row;
    carriers += row;
  }
}
