import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatExtxyz } from '../../src/io/xyz/extxyz.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';

const pairs = { cutoff: 3, length: 2.5, stiffness: 2 };

/** Rattled cells of three Cu and one Ni, bound by springs between all atoms nearer than 3 A; seeded. */
export function rattledCells(count: number, seed: number): Structure[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const positions = [0, 0, 0, 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0].map((x) => x + 0.1 * random.normal());
    const bare = createStructure({
      symbols: ['Cu', 'Cu', 'Cu', 'Ni'],
      positions,
      cell: [3.6, 0, 0, 0, 3.6, 0, 0, 0, 3.6],
    });
    return { ...bare, labels: springLabels(bare) };
  });
}

/** E = sum over pairs of stiffness/2 (d - length)^2, beside -14 eV. */
function springLabels(structure: Structure): { energy: number; forces: Float64Array } {
  const { edgeCount, receivers, distances, edgeVectors } = neighborList(structure, pairs.cutoff);
  const forces = new Float64Array(3 * structure.numbers.length);
  let energy = -14;
  for (let edge = 0; edge < edgeCount; edge++) {
    const stretch = distances[edge] - pairs.length;
    energy += (pairs.stiffness / 4) * stretch ** 2; // every pair has two edges
    for (let axis = 0; axis < 3; axis++) {
      forces[3 * receivers[edge] + axis] +=
        (pairs.stiffness * stretch * edgeVectors[3 * edge + axis]) / distances[edge];
    }
  }
  return { energy, forces };
}

/** Writes structures with their labels. */
export function writeCells(folder: string, name: string, structures: readonly Structure[]): void {
  writeFileSync(join(folder, name), structures.map(formatExtxyz).join(''));
}

/**
 * A folder with files to train and validate on, and the configuration of a training that takes a second; `settings` are
 * more of `data`.
 */
export function createProject(settings = ''): { readonly directory: string; readonly text: string } {
  const directory = mkdtempSync(join(tmpdir(), 'lamm-setup-'));
  writeCells(directory, 'train.extxyz', rattledCells(12, 1));
  writeCells(directory, 'val.extxyz', rattledCells(4, 2));
  const text = `
model: { channels: 8, layers: 2, basisSize: 4, cutoff: 3, elementCount: 40 }
data: { train: [train.extxyz], validation: [val.extxyz]${settings} }
training: { batch: { atoms: 16 }, learningRate: 1.e-3, warmup: 2 steps, length: 4 epochs, checkpointEvery: 2, threads: 1 }
out: run
`;
  return { directory, text };
}
