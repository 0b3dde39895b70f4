import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initSync } from '@spglib/moyo-wasm';

/** The library keeps its WebAssembly for the whole process, too. */
let isLoaded = false;

/** Reads the WebAssembly of the library of space groups, once. */
export function loadMoyo(): void {
  if (isLoaded) return;
  initSync({ module: readFileSync(createRequire(import.meta.url).resolve('@spglib/moyo-wasm/moyo_wasm_bg.wasm')) });
  isLoaded = true;
}

/** The rows of a matrix of the library, [3 x 3], which stores them column by column. */
export function rowsOfColumns(m: readonly number[]): number[] {
  return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
}
