import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStructures } from '../../../src/io/read-structures.js';
import { determinant3 } from '../../../src/linalg/matrix3.js';
import type { Structure } from '../../../src/structure/structure.js';
import { compare, repeated } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { findPython, startPeer, timedByPeer } from '../peer.js';
import { spinelCifs } from '../spinel-cif.js';
import { extxyzOf } from '../training-frames.js';
import { outcarOf, vasprunOf } from '../vasp-run.js';

interface Files {
  /** What is read, with its size. */
  readonly name: string;
  /** The name that ASE has for the format. */
  readonly format: string;
  readonly paths: readonly string[];
}

/** Reading a training set. */
export const extxyzBench: BenchGroup = (context) => {
  const set = { frames: 2000, atoms: 64 };
  const paths = [write(context, 'frames.extxyz', extxyzOf(set))];
  return compareReading(
    { name: `extxyz, ${set.frames} frames of ${set.atoms} atoms`, format: 'extxyz', paths },
    context,
  );
};

/** Reading crystals with symmetry. */
export const cifBench: BenchGroup = (context) => {
  const texts = spinelCifs(100);
  const paths = texts.map((text, index) => write(context, `spinel-${index}.cif`, text));
  return compareReading({ name: '100 CIF of 56 atoms and 192 operations', format: 'cif', paths }, context);
};

const run = { steps: 300, atoms: 64 };
const size = `${run.steps} steps of ${run.atoms} atoms`;

/** Reading the text output of VASP. */
export const outcarBench: BenchGroup = (context) =>
  compareReading(
    { name: `OUTCAR, ${size}`, format: 'vasp-out', paths: [write(context, 'OUTCAR', outcarOf(run))] },
    context,
  );

/** Reading the XML output of VASP. */
export const vasprunBench: BenchGroup = (context) =>
  compareReading(
    { name: `vasprun.xml, ${size}`, format: 'vasp-xml', paths: [write(context, 'vasprun.xml', vasprunOf(run))] },
    context,
  );

function write({ folder }: BenchContext, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function* compareReading({ name, format, paths }: Files, context: BenchContext): ReturnType<BenchGroup> {
  const title = `read ${name}`;
  const ours = repeated(() => readAll(paths), 200);
  const megabytes = paths.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;
  const python = findPython('ase');
  if (python === undefined) {
    context.skip(`${title} against ASE: no Python with ase was found`);
    yield await compare({ name: title, ours }, context.rounds);
    return;
  }
  using peer = startPeer(python, 'ase_peer.py', context.threads);
  const request = { do: 'read_files', paths, format };
  assertSame(title, sumOf(await readAll(paths)), await peer.ask<ReadSum>(request));
  const contenders = { name: title, ours, peer: { name: 'ASE', timed: timedByPeer(peer, request) } };
  const row = await compare(contenders, Math.min(context.rounds, 3));
  yield { ...row, note: `${((megabytes / row.ours.median) * 1e3).toFixed(0)} MB/s` };
}

/** What both readers must agree on. */
interface ReadSum {
  readonly frames: number;
  readonly atoms: number;
  /** Sum of all energies, eV, of the sizes of all force components, eV/A, and of the volumes, A^3. */
  readonly energy: number;
  readonly force: number;
  readonly volume: number;
}

async function readAll(paths: readonly string[]): Promise<Structure[]> {
  const structures: Structure[] = [];
  for (const path of paths) structures.push(...(await readStructures(path)));
  return structures;
}

function sumOf(structures: readonly Structure[]): ReadSum {
  const sum = { frames: structures.length, atoms: 0, energy: 0, force: 0, volume: 0 };
  for (const { numbers, cell, labels } of structures) {
    sum.atoms += numbers.length;
    sum.energy += labels.energy ?? 0;
    sum.force += (labels.forces ?? new Float64Array()).reduce((total, value) => total + Math.abs(value), 0);
    sum.volume += Math.abs(determinant3(cell));
  }
  return sum;
}

function assertSame(name: string, ours: ReadSum, theirs: ReadSum): void {
  const keys = ['frames', 'atoms', 'energy', 'force', 'volume'] as const;
  const different = keys.find((key) => Math.abs(ours[key] - theirs[key]) > 1e-7 * Math.abs(theirs[key]));
  if (different === undefined) return;
  throw new Error(`${name}: ${different} is ${ours[different]} here and ${theirs[different]} in ASE`);
}
