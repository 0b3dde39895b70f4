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

/** Copper in cells that differ. */
function copper(frames: number): string {
  return Array.from({ length: frames }, (_, frame) => {
    const a = 3.6 + 0.02 * (frame % 5);
    const rows = [
      [0, 0, 0],
      [0.5, 0.5, 0],
      [0.5, 0, 0.5],
      [0, 0.5, 0.5],
    ].map(
      (row, atom) =>
        `Cu ${row.map((value, axis) => (value * a + rattle(frame, 3 * atom + axis)).toFixed(6)).join(' ')}`,
    );
    return `4\nLattice="${a} 0 0 0 ${a} 0 0 0 ${a}" Properties=species:S:1:pos:R:3 energy=${-frame / 7}\n${rows.join('\n')}\n`;
  }).join('');
}

const input = (frames: number) => (folder: string) => writeFileSync(join(folder, 'copper.xyz'), copper(frames));

const emt = ['--calculator', 'emt'];

export const verbs: readonly Verb[] = [
  {
    name: 'md',
    args: [
      'md',
      'copper.xyz',
      ...emt,
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
];
