import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { compare, repeated } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';
import { findPython, type Peer, startPeer, timedByPeer } from '../peer.js';
import { writeSystem } from '../system-file.js';

const cutoff = 5;

/** Building a full neighbour list of rattled fcc copper with receivers, senders, shifts, vectors and distances. */
export const neighborBench: BenchGroup = async function* (context) {
  const python = findPython('ase');
  if (python === undefined) context.skip('neighbour list against ASE: no Python with ase was found');
  using peer = python === undefined ? undefined : startPeer(python, 'ase_peer.py', context.threads);
  for (const repeat of [5, 10, 20]) yield await compareAt(repeat, context, peer);
  yield await largest();
};

async function compareAt(repeat: number, { folder, rounds }: BenchContext, peer: Peer | undefined) {
  const structure = rattledCrystal(repeat);
  const atomCount = structure.numbers.length;
  const { edgeCount } = neighborList(structure, cutoff);
  const ours = repeated(() => neighborList(structure, cutoff));
  const name = `neighbour list, ${atomCount} atoms`;
  if (peer === undefined) return compare({ name, ours }, rounds);
  const request = { do: 'neighbors', system: writeSystem(folder, structure), cutoff };
  const theirs = await peer.ask<{ edgeCount: number }>(request);
  if (theirs.edgeCount !== edgeCount) throw new Error(`${name}: ${edgeCount} edges, ASE finds ${theirs.edgeCount}`);
  const row = await compare(
    { name, ours, peer: { name: 'ASE', timed: timedByPeer(peer, request) } },
    repeat < 20 ? rounds : 3,
  );
  return { ...row, note: `${edgeCount} edges` };
}

async function largest() {
  const structure = rattledCrystal(63);
  const atomCount = structure.numbers.length;
  const row = await compare(
    { name: `neighbour list, ${atomCount} atoms`, ours: repeated(() => neighborList(structure, cutoff)) },
    2,
  );
  return { ...row, note: `${((row.ours.median / atomCount) * 1e3).toFixed(2)} us per atom` };
}
