import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSafetensors, type SafeTensor } from '../../src/io/safetensors.js';
import type { AtomicSystem } from '../../src/structure/structure.js';

let written = 0;

/** Writes named arrays where a peer can read them without loss; returns the path. */
export function writeArrays(folder: string, tensors: ReadonlyMap<string, SafeTensor>): string {
  const path = join(folder, `arrays-${written++}.safetensors`);
  writeFileSync(path, formatSafetensors(tensors));
  return path;
}

/** Writes numbers, positions and cell of a system that is periodic in all directions. */
export function writeSystem(folder: string, { numbers, positions, cell }: AtomicSystem): string {
  const atomCount = numbers.length;
  return writeArrays(
    folder,
    new Map<string, SafeTensor>([
      ['numbers', { dtype: 'I32', shape: [atomCount], data: Int32Array.from(numbers) }],
      ['positions', { dtype: 'F64', shape: [atomCount, 3], data: positions }],
      ['cell', { dtype: 'F64', shape: [3, 3], data: cell }],
    ]),
  );
}
