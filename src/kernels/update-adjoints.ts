import { madd } from './lanes';
import { lengthOf, product } from './vectors';

// The way back through `update.ts`.  A bar over a quantity, `...Adjoint`, is the derivative of the energy by it; rows are those of `update.ts`.

const half: f32 = <f32>Math.SQRT1_2;

/** Of x'' and v'' to q: y = s x-bar in place of x-bar; q0-bar = y / sqrt 2, q1-bar = p y / sqrt 2, q2-bar = v-bar . v1. */
export function mixAdjoint(
  atoms: i32,
  channels: i32,
  scale: f32,
  xAdjoint: usize,
  vAdjoint: usize,
  projected: usize,
  mixedAdjoint: usize,
): void {
  const row = <usize>channels * 4;
  const perRoot = f32x4.splat(<f32>1 / sqrt<f32>(<f32>channels));
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      const y = f32x4.mul(v128.load(xAdjoint + at), f32x4.splat(scale));
      v128.store(xAdjoint + at, y);
      const q0 = f32x4.mul(y, f32x4.splat(half));
      const p = f32x4.mul(product(projected + at, row), perRoot);
      v128.store(mixedAdjoint + at, q0);
      v128.store(mixedAdjoint + row + at, f32x4.mul(q0, p));
      const x = f32x4.mul(v128.load(vAdjoint + at), v128.load(projected + at));
      const y1 = f32x4.mul(v128.load(vAdjoint + row + at), v128.load(projected + 2 * row + at));
      const z = f32x4.mul(v128.load(vAdjoint + 2 * row + at), v128.load(projected + 4 * row + at));
      v128.store(mixedAdjoint + 2 * row + at, f32x4.add(f32x4.add(x, y1), z));
    }
    xAdjoint += row;
    vAdjoint += 3 * row;
    projected += 6 * row;
    mixedAdjoint += 3 * row;
  }
}

/**
 * To the projections: v1-bar = q2 v-bar + p-bar v2 / sqrt h, v2-bar = p-bar v1 / sqrt h + n-bar v2 / n, where p-bar = q1 y / sqrt 2
 * (`xAdjoint` has y) and n-bar is the second half of rows of `joinedAdjoint`.
 */
export function projectAdjoint(
  atoms: i32,
  channels: i32,
  added: f32,
  xAdjoint: usize,
  vAdjoint: usize,
  projected: usize,
  mixed: usize,
  mixedRow: usize,
  joinedAdjoint: usize,
  projectedAdjoint: usize,
): void {
  const row = <usize>channels * 4;
  const factor = f32x4.splat(half / sqrt<f32>(<f32>channels));
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      const p = f32x4.mul(f32x4.mul(v128.load(xAdjoint + at), v128.load(mixed + row + at)), factor);
      const n = f32x4.div(v128.load(joinedAdjoint + row + at), lengthOf(projected + row + at, 2 * row, added));
      const q2 = v128.load(mixed + 2 * row + at);
      for (let axis: usize = 0; axis < 3; axis++) {
        const v1 = v128.load(projected + 2 * axis * row + at);
        const v2 = v128.load(projected + (2 * axis + 1) * row + at);
        const direct = f32x4.mul(q2, v128.load(vAdjoint + axis * row + at));
        v128.store(projectedAdjoint + 2 * axis * row + at, madd(p, v2, direct));
        const second = madd(n, v2, f32x4.mul(p, v1));
        v128.store(projectedAdjoint + (2 * axis + 1) * row + at, second);
      }
    }
    xAdjoint += row;
    vAdjoint += 3 * row;
    projected += 6 * row;
    mixed += mixedRow;
    joinedAdjoint += 2 * row;
    projectedAdjoint += 6 * row;
  }
}

/** The same two steps in a last layer that has no v'': v-bar = 0, q2 is absent and so is its adjoint. */
export function mixLastAdjoint(
  atoms: i32,
  channels: i32,
  scale: f32,
  xAdjoint: usize,
  projected: usize,
  mixedAdjoint: usize,
): void {
  const row = <usize>channels * 4;
  const perRoot = f32x4.splat(<f32>1 / sqrt<f32>(<f32>channels));
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      const y = f32x4.mul(v128.load(xAdjoint + at), f32x4.splat(scale));
      v128.store(xAdjoint + at, y);
      const q0 = f32x4.mul(y, f32x4.splat(half));
      const p = f32x4.mul(product(projected + at, row), perRoot);
      v128.store(mixedAdjoint + at, q0);
      v128.store(mixedAdjoint + row + at, f32x4.mul(q0, p));
    }
    xAdjoint += row;
    projected += 6 * row;
    mixedAdjoint += 2 * row;
  }
}

export function projectLastAdjoint(
  atoms: i32,
  channels: i32,
  added: f32,
  xAdjoint: usize,
  projected: usize,
  mixed: usize,
  mixedRow: usize,
  joinedAdjoint: usize,
  projectedAdjoint: usize,
): void {
  const row = <usize>channels * 4;
  const factor = f32x4.splat(half / sqrt<f32>(<f32>channels));
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      const p = f32x4.mul(f32x4.mul(v128.load(xAdjoint + at), v128.load(mixed + row + at)), factor);
      const n = f32x4.div(v128.load(joinedAdjoint + row + at), lengthOf(projected + row + at, 2 * row, added));
      for (let axis: usize = 0; axis < 3; axis++) {
        const v1 = v128.load(projected + 2 * axis * row + at);
        const v2 = v128.load(projected + (2 * axis + 1) * row + at);
        v128.store(projectedAdjoint + 2 * axis * row + at, f32x4.mul(p, v2));
        const second = madd(n, v2, f32x4.mul(p, v1));
        v128.store(projectedAdjoint + (2 * axis + 1) * row + at, second);
      }
    }
    xAdjoint += row;
    projected += 6 * row;
    mixed += mixedRow;
    joinedAdjoint += 2 * row;
    projectedAdjoint += 6 * row;
  }
}

/**
 * To the sums of messages, in packets X, Vx, Vy, Vz: X = (y + x'-bar) / sqrt 2 with what came back through `joined`, V = v-bar + what came
 * back through the projections, `vectorsAdjoint`.  X is also the derivative by x, V that by v: the message is added to them.
 */
export function packAdjoints(
  atoms: i32,
  channels: i32,
  xAdjoint: usize,
  vAdjoint: usize,
  joinedAdjoint: usize,
  vectorsAdjoint: usize,
  adjoints: usize,
): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16, adjoints += 64) {
      const x = f32x4.add(v128.load(xAdjoint + at), v128.load(joinedAdjoint + at));
      v128.store(adjoints, f32x4.mul(x, f32x4.splat(half)));
      v128.store(adjoints, f32x4.add(v128.load(vAdjoint + at), v128.load(vectorsAdjoint + at)), 16);
      v128.store(adjoints, f32x4.add(v128.load(vAdjoint + row + at), v128.load(vectorsAdjoint + row + at)), 32);
      const z = f32x4.add(v128.load(vAdjoint + 2 * row + at), v128.load(vectorsAdjoint + 2 * row + at));
      v128.store(adjoints, z, 48);
    }
    xAdjoint += row;
    vAdjoint += 3 * row;
    joinedAdjoint += 2 * row;
    vectorsAdjoint += 3 * row;
  }
}

/**
 * From the sums over the edges of an atom, packets of a-bar, C-bar, B-bar, to what it sends: rows a-bar, b-bar = B-bar . v, C-bar of
 * `sentAdjoint`, and to its features: X into `xAdjoint`, V + B-bar b into `vAdjoint`.
 */
export function unpackAdjoints(
  atoms: i32,
  channels: i32,
  sums: usize,
  adjoints: usize,
  carriers: usize,
  v: usize,
  sentAdjoint: usize,
  xAdjoint: usize,
  vAdjoint: usize,
): void {
  const row = <usize>channels * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16, sums += 80, adjoints += 64) {
      const bx = v128.load(sums, 32);
      const by = v128.load(sums, 48);
      const bz = v128.load(sums, 64);
      const x = f32x4.mul(bx, v128.load(v + at));
      const y = f32x4.mul(by, v128.load(v + row + at));
      const z = f32x4.mul(bz, v128.load(v + 2 * row + at));
      v128.store(sentAdjoint + at, v128.load(sums));
      v128.store(sentAdjoint + row + at, f32x4.add(f32x4.add(x, y), z));
      v128.store(sentAdjoint + 2 * row + at, v128.load(sums, 16));
      const b = v128.load(carriers + at);
      v128.store(xAdjoint + at, v128.load(adjoints));
      v128.store(vAdjoint + at, madd(bx, b, v128.load(adjoints, 16)));
      v128.store(vAdjoint + row + at, madd(by, b, v128.load(adjoints, 32)));
      v128.store(vAdjoint + 2 * row + at, madd(bz, b, v128.load(adjoints, 48)));
    }
    carriers += row;
    v += 3 * row;
    sentAdjoint += 3 * row;
    xAdjoint += row;
    vAdjoint += 3 * row;
  }
}
