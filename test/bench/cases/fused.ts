import { createModelCalculator, type ModelCalculator } from '../../../calculators/model-calculator.js';
import type { ModelEngine } from '../../../src/models/open-evaluator.js';
import type { Structure } from '../../../src/structure/structure.js';
import { keepBusy } from '../busy.js';
import { type Comparison, compare, repeated, type Timed } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

/**
 * Energy, forces and stress of the embedded model with one thread: its own kernels beside the tensor graph, as far as the
 * memory goes that the graph takes; the neighbour list is there already.
 */
export const fusedBench: BenchGroup = async function* (context) {
  for (const repeat of [3, 4, 5, 10]) yield await compareEngines(repeat, context);
  yield await compareThreads(10, context, context.threads);
};

/**
 * The same with all cores but one busy with something else: what `threads` makes of it, and what is chosen where no
 * number is given, beside one thread.
 */
export const busyBench: BenchGroup = async function* (context) {
  for (const threads of [context.threads, undefined]) {
    using others = keepBusy(1);
    if (others.count === 0) return context.skip('threads beside busy processes: there is only one core');
    const row = await compareThreads(10, context, threads);
    yield { ...row, name: `${row.name}, ${others.count} other ${others.count === 1 ? 'core' : 'cores'} busy` };
  }
};

async function compareEngines(repeat: number, { rounds }: BenchContext): Promise<Comparison> {
  const structure = rattledCrystal(repeat);
  const atoms = structure.numbers.length;
  const open = (engine: ModelEngine) =>
    createModelCalculator({ model: 'lamm-s-joint', engine, threads: 1, head: 'pbe' });
  await using fused = open('fused');
  await using graph = open('onnx');
  const name = `lamm-s-joint, ${atoms} atoms, one thread`;
  const energies = [await fused.calculate(structure), await graph.calculate(structure)].map(({ energy }) => energy);
  if (!(Math.abs(energies[0] - energies[1]) < 1e-6 * Math.abs(energies[1]))) {
    throw new Error(`${name}: energy ${energies[0]} eV, the graph has ${energies[1]} eV`);
  }
  const [ours, peer] = [timed(fused, structure), timed(graph, structure)];
  const row = await compare({ name, ours, peer: { name: 'graph', timed: peer } }, rounds);
  return { ...row, note: fastestOf(row, atoms) };
}

async function compareThreads(
  repeat: number,
  { rounds }: BenchContext,
  threads: number | undefined,
): Promise<Comparison> {
  const structure = rattledCrystal(repeat);
  const atoms = structure.numbers.length;
  await using many = createModelCalculator({ model: 'lamm-s-joint', ...(threads && { threads }), head: 'pbe' });
  await using one = createModelCalculator({ model: 'lamm-s-joint', threads: 1, head: 'pbe' });
  const name = `lamm-s-joint, ${atoms} atoms, ${threads === undefined ? 'threads as chosen' : `${threads} threads`}`;
  const [ours, peer] = [timed(many, structure), timed(one, structure)];
  const row = await compare({ name, ours, peer: { name: 'one thread', timed: peer } }, rounds);
  return { ...row, note: fastestOf(row, atoms) };
}

function timed(calculator: ModelCalculator, structure: Structure): Timed {
  return repeated(() => calculator.calculate(structure), 1000);
}

/** What the fastest rounds took, which other work on the machine disturbed least. */
function fastestOf({ ours, peer }: Comparison, atoms: number): string {
  const [mine, theirs] = [ours, peer].map((timing) => Math.min(...(timing?.samples ?? [])));
  const perAtom = (time: number) => ((1000 * time) / atoms).toFixed(1);
  return `fastest: ${perAtom(mine)} and ${perAtom(theirs)} us an atom, ${(theirs / mine).toFixed(2)} x`;
}
