import { madd, nmadd } from './lanes';

/** a b + c and c - a b of four lanes, as all kernels calculate them: out has both. */
export function multiplyAdd(a: usize, b: usize, c: usize, out: usize): void {
  v128.store(out, madd(v128.load(a), v128.load(b), v128.load(c)));
  v128.store(out, nmadd(v128.load(a), v128.load(b), v128.load(c)), 16);
}
