import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command that writes files, and how it goes on after it was killed. */
export interface Verb {
  readonly name: string;
  readonly args: readonly string[];
  /** What is added when it is run again. */
  readonly again: readonly string[];
  /** Files that must be the same to the byte as of a run that nobody disturbed. */
  readonly results: readonly string[];
  /** The state that it goes on from, while it runs. */
  readonly checkpoint?: string;
  /** Puts its input into an empty folder. */
  prepare(folder: string): void;
}

const rattle = (frame: number, atom: number) => 0.08 * Math.sin(3 * frame + 5 * atom);

/** Copper in cells that differ, with energies and forces of no meaning. */
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
    const head = `Lattice="${a} 0 0 0 ${a} 0 0 0 ${a}" Properties=species:S:1:pos:R:3:forces:R:3 energy=${-frame / 7}`;
    return `4\n${head}\n${rows.join('\n')}\n`;
  }).join('');
}

const training = `
model: { channels: 4, layers: 1, basisSize: 4, cutoff: 3 }
data: { train: [copper.xyz], validation: [copper.xyz], energyKey: energy, forcesKey: forces }
training: { batch: { structures: 4 }, epochs: 3, seed: 1, energyWeight: 1, forceWeight: 10, checkpointEvery: 1 }
out: run
`;

const input = (frames: number) => (folder: string) => writeFileSync(join(folder, 'copper.xyz'), copper(frames));

const inputs = (folder: string) => {
  input(12)(folder);
  writeFileSync(join(folder, 'train.yaml'), training);
};

const emt = ['--calculator', 'emt'];
const nve = ['--ensemble', 'nve', '--timestep', '2fs', '--temperature', '300K'];

export const verbs: readonly Verb[] = [
  {
    name: 'md',
    args: [
      'md',
      'copper.xyz',
      ...emt,
      ...nve,
      '--steps',
      '20',
      '--trajectory',
      't.extxyz',
      '--trajectory-every',
      '2',
      '--log-every',
      '2',
      '--checkpoint-every',
      '4',
      '--out',
      'last.extxyz',
    ],
    again: ['--resume'],
    results: ['t.extxyz', 't.csv', 'last.extxyz'],
    checkpoint: 't.checkpoint',
    prepare: input(1),
  },
  {
    name: 'relax',
    args: ['relax', 'copper.xyz', ...emt, '--fmax', '0.001', '--out', 'r.extxyz', '--trajectory', 'steps.extxyz'],
    again: ['--resume'],
    results: ['r.extxyz', 'steps.extxyz'],
    checkpoint: 'r.checkpoint',
    prepare: input(6),
  },
  {
    name: 'singlepoint',
    args: ['singlepoint', 'copper.xyz', ...emt, '--out', 's.extxyz'],
    again: ['--force'],
    results: ['s.extxyz'],
    prepare: input(6),
  },
  {
    name: 'data convert',
    args: ['data', 'convert', 'copper.xyz', '--out', 'c.cif'],
    again: ['--force'],
    results: ['c.cif'],
    prepare: input(6),
  },
  {
    name: 'data split',
    args: ['data', 'split', 'copper.xyz', '--out', 'd.extxyz', '--parts', 'train=0.8,test=0.2'],
    again: ['--force'],
    results: ['d-train.extxyz', 'd-test.extxyz'],
    prepare: input(10),
  },
  {
    name: 'pretrain',
    args: ['pretrain', '--config', 'train.yaml'],
    again: ['--resume'],
    results: ['run/model.safetensors'],
    prepare: inputs,
  },
  {
    name: 'data prepare',
    args: ['data', 'prepare', '--config', 'train.yaml', '--out', 'prepared'],
    again: [],
    results: ['dataset.json', 'samples-00000.bin', 'training-atoms.bin', 'training-edges.bin'].map(
      (name) => `prepared/${name}`,
    ),
    prepare: inputs,
  },
];
