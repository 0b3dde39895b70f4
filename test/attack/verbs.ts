import { checkpoint, frames, metrics, model, trainings } from './verb-inputs.js';

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
  /** What in them depends on the clock. */
  readonly times?: RegExp;
  /** Puts its input into an empty folder. */
  prepare(folder: string): void;
}

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
    prepare: frames(1),
  },
  {
    name: 'relax',
    args: ['relax', 'copper.xyz', ...emt, '--fmax', '0.001', '--out', 'r.extxyz', '--trajectory', 'steps.extxyz'],
    again: ['--resume'],
    results: ['r.extxyz', 'steps.extxyz'],
    checkpoint: 'r.checkpoint',
    prepare: frames(6),
  },
  {
    name: 'singlepoint',
    args: ['singlepoint', 'copper.xyz', ...emt, '--out', 's.extxyz'],
    again: ['--force'],
    results: ['s.extxyz'],
    prepare: frames(6),
  },
  {
    name: 'data convert',
    args: ['data', 'convert', 'copper.xyz', '--out', 'c.cif'],
    again: ['--force'],
    results: ['c.cif'],
    prepare: frames(6),
  },
  {
    name: 'data split',
    args: ['data', 'split', 'copper.xyz', '--out', 'd.extxyz', '--parts', 'train=0.8,test=0.2'],
    again: ['--force'],
    results: ['d-train.extxyz', 'd-test.extxyz'],
    prepare: frames(10),
  },
  {
    name: 'pretrain',
    args: ['pretrain', '--config', 'train.yaml'],
    again: ['--resume'],
    results: ['run/model.safetensors'],
    prepare: trainings,
  },
  {
    name: 'data prepare',
    args: ['data', 'prepare', '--config', 'train.yaml', '--out', 'prepared'],
    again: [],
    results: ['dataset.json', 'samples-00000.bin', 'training-atoms.bin', 'training-edges.bin'].map(
      (name) => `prepared/${name}`,
    ),
    times: /"modified":[\d.]+|"sha256":"[0-9a-f]{64}"\}$/gm,
    prepare: trainings,
  },
  {
    name: 'finetune',
    args: [
      ...'finetune --model small.safetensors --data copper.xyz --out tuned'.split(' '),
      ...['--set', 'training.length=2epochs', '--set', 'training.threads=1'],
    ],
    again: ['--resume'],
    results: ['tuned/model.safetensors'],
    prepare: model,
  },
  {
    name: 'compare',
    args: ['compare', '--config', 'compare.yaml'],
    again: [],
    results: ['comparison.json', 'comparison.txt', 'comparison.svg', 'fast-seed-1/model.safetensors'].map(
      (name) => `compared/${name}`,
    ),
    prepare: trainings,
  },
  {
    name: 'screen',
    args: ['screen', 'copper.xyz', ...emt, '--relax', '--chunk', '3', '--out', 'screened'],
    again: [],
    results: ['results.jsonl', 'results.csv', 'structures.extxyz'].map((name) => `screened/${name}`),
    checkpoint: 'screened/pieces/0000000.jsonl',
    times: /"seconds":[\d.e-]+|[\d.e-]+(?=,$)/gm,
    prepare: frames(6),
  },
  {
    name: 'eos',
    args: ['eos', 'copper.xyz', ...emt, '--frame', '1', '--out', 'volumes.extxyz'],
    again: ['--force'],
    results: ['volumes.extxyz'],
    prepare: frames(1),
  },
  {
    name: 'evaluate',
    args: ['evaluate', 'copper.xyz', ...emt, '--out', 'errors.html'],
    again: ['--force'],
    results: ['errors.html'],
    prepare: frames(6),
  },
  {
    name: 'embed',
    args: 'embed copper.xyz --model small.safetensors --method pca --threads 1 --out map.json'.split(' '),
    again: ['--force'],
    results: ['map.json'],
    prepare: model,
  },
  {
    name: 'analyze',
    args: 'analyze copper.xyz --rdf --cutoff 3 --interval 1fs --csv curves.csv --html page.html'.split(' '),
    again: ['--force'],
    results: ['curves.csv', 'page.html'],
    prepare: frames(12),
  },
  {
    name: 'model import',
    args: ['model', 'import', 'tiny.pt', '--out', 'tiny.safetensors'],
    again: ['--force'],
    results: ['tiny.safetensors'],
    prepare: checkpoint,
  },
  {
    name: 'report',
    args: ['report', 'run', '--out', 'curves.html'],
    again: ['--force'],
    results: ['curves.html'],
    prepare: metrics,
  },
  {
    name: 'plan-batches',
    args: ['plan-batches', '--sizes', 'sizes.txt', '--ranks', '2', '--svg', 'load.svg'],
    again: ['--force'],
    results: ['load.svg'],
    prepare: metrics,
  },
];
