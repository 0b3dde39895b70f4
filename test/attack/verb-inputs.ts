import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smallModel } from './corpus.js';

const rattle = (frame: number, atom: number) => 0.08 * Math.sin(3 * frame + 5 * atom);

/** Copper in cells that differ, with energies and forces of no meaning, and times. */
function copper(frames: number): string {
  return Array.from({ length: frames }, (_, frame) => {
    const a = 3.6 + 0.02 * (frame % 5);
    const rows = [
      [0, 0, 0],
      [0.5, 0.5, 0],
      [0.5, 0, 0.5],
      [0, 0.5, 0.5],
    ].map((row, atom) => {
      const moves = row.map((_, axis) => rattle(frame, 3 * atom + axis));
      const positions = row.map((value, axis) => value * a + moves[axis]);
      return `Cu ${[...positions, ...moves.map((move) => -move)].map((value) => value.toFixed(6)).join(' ')}`;
    });
    const head = `Lattice="${a} 0 0 0 ${a} 0 0 0 ${a}" Properties=species:S:1:pos:R:3:forces:R:3 energy=${-frame / 7} time=${frame}`;
    return `4\n${head}\n${rows.join('\n')}\n`;
  }).join('');
}

const training = `
model: { channels: 4, layers: 1, basisSize: 4, cutoff: 3 }
data: { train: [copper.xyz], validation: [copper.xyz], energyKey: energy, forcesKey: forces }
training: { batch: { structures: 4 }, length: 3 epochs, seed: 1, energyWeight: 1, forceWeight: 10, checkpointEvery: 1, threads: 1 }
out: run
`;
const comparison = `
base: train.yaml
variants: { slow: [training.learningRate=1.e-5, training.length=1epoch], fast: [training.length=1epoch] }
seeds: [1]
measure: forceMaeMeVPerA
out: compared
`;

/** Puts `copper.xyz` with so many frames into a folder. */
export const frames = (count: number) => (folder: string) => writeFileSync(join(folder, 'copper.xyz'), copper(count));

/** Puts a training into a folder, and a comparison of two. */
export function trainings(folder: string): void {
  frames(12)(folder);
  writeFileSync(join(folder, 'train.yaml'), training);
  writeFileSync(join(folder, 'compare.yaml'), comparison);
}

/** Puts frames and a small model of copper into a folder. */
export function model(folder: string): void {
  frames(12)(folder);
  writeFileSync(join(folder, 'small.safetensors'), smallModel({ Cu: -1 }));
}

/** Puts a checkpoint of another program into a folder. */
export function checkpoint(folder: string): void {
  const file = ['../fixtures/models/tiny-painn.pt', '../../../test/fixtures/models/tiny-painn.pt']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find(existsSync);
  copyFileSync(file ?? '', join(folder, 'tiny.pt'));
}

/** Puts the metrics of a training into a folder, and sizes of samples. */
export function metrics(folder: string): void {
  mkdirSync(join(folder, 'run'));
  const costs = {
    structures: 40,
    atoms: 160,
    seconds: 1,
    graphsSeconds: 0,
    computeSeconds: 1,
    communicationSeconds: 0,
  };
  const rest = {
    learningRate: 1e-3,
    energyLoss: 1,
    forceLoss: 1,
    stressLoss: 0,
    noiseLoss: 0,
    gradientNorm: 1,
    ...costs,
  };
  const lines = [1, 2, 3].map((step) =>
    JSON.stringify({ kind: 'training', step: 10 * step, epoch: step, loss: 1 / step, ...rest }),
  );
  writeFileSync(join(folder, 'run/metrics.jsonl'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'sizes.txt'), Array.from({ length: 200 }, (_, index) => `${1 + (index % 17)}\n`).join(''));
}
