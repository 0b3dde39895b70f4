import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStructures } from '../../../src/io/read-structures.js';
import { createRandom } from '../../../src/random.js';
import { compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { findPython, startPeer, timedByPeer } from '../peer.js';

const frameCount = 2000;
const atomCount = 64;

/** Reading a training set: positions, energy and forces of many frames. */
export const extxyzBench: BenchGroup = async function* (context) {
  const path = writeFrames(context);
  const megabytes = statSync(path).size / 1e6;
  const name = `read extxyz, ${frameCount} frames of ${atomCount} atoms, ${megabytes.toFixed(0)} MB`;
  const ours = async () => {
    const start = performance.now();
    await readStructures(path);
    return performance.now() - start;
  };
  const python = findPython('ase');
  if (python === undefined) {
    context.skip('reading extxyz against ASE: no Python with ase was found');
    yield await compare({ name, ours }, context.rounds);
    return;
  }
  using peer = startPeer(python, 'ase_peer.py', context.threads);
  const request = { do: 'read_extxyz', path };
  const theirs = await peer.ask<{ frames: number; force: number }>(request);
  const force = await totalForce(path);
  if (theirs.frames !== frameCount || Math.abs(theirs.force - force) > 1e-9 * force) {
    throw new Error(`${name}: forces add to ${force} eV/A, ASE reads ${theirs.force} eV/A in ${theirs.frames} frames`);
  }
  const row = await compare(
    { name, ours, peer: { name: 'ASE', timed: timedByPeer(peer, request) } },
    Math.min(context.rounds, 3),
  );
  yield { ...row, note: `${((megabytes / row.ours.median) * 1e3).toFixed(0)} MB/s` };
};

async function totalForce(path: string): Promise<number> {
  const structures = await readStructures(path);
  return structures.reduce(
    (total, { labels }) =>
      total + (labels.forces ?? new Float64Array()).reduce((sum, force) => sum + Math.abs(force), 0),
    0,
  );
}

function writeFrames({ folder }: BenchContext): string {
  const random = createRandom(2);
  const number = (size: number) => (size * (2 * random.uniform() - 1)).toFixed(8).padStart(16);
  const triple = (size: number) => number(size) + number(size) + number(size);
  const path = join(folder, 'frames.extxyz');
  const constant =
    'Lattice="10.0 0.0 0.0 0.0 10.0 0.0 0.0 0.0 10.0" Properties=species:S:1:pos:R:3:forces:R:3 pbc="T T T"';
  const frame = () => {
    const comment = `${constant} energy=${number(100).trim()}`;
    const atoms = Array.from({ length: atomCount }, () => `Cu${triple(10)}${triple(2)}`);
    return `${atomCount}\n${comment}\n${atoms.join('\n')}\n`;
  };
  writeFileSync(path, Array.from({ length: frameCount }, frame).join(''));
  return path;
}
