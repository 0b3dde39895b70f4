import { createModelCalculator } from '../../../calculators/model-calculator.js';
import type { ModelEngine } from '../../../src/models/open-evaluator.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

/** Energy, forces and stress of the embedded model with one thread: its own kernels beside the tensor graph; the neighbour list is there already. */
export const fusedBench: BenchGroup = async function* (context) {
  for (const repeat of [3, 4, 5, 10, 20]) yield await compareEngines(repeat, context);
  yield await compareThreads(10, context);
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
  const time = (calculator: typeof fused) => async () => {
    const start = performance.now();
    await calculator.calculate(structure);
    return performance.now() - start;
  };
  const row = await compare({ name, ours: time(fused), peer: { name: 'graph', timed: time(graph) } }, rounds);
  return { ...row, note: fastestOf(row, atoms) };
}

async function compareThreads(repeat: number, { rounds, threads }: BenchContext): Promise<Comparison> {
  const structure = rattledCrystal(repeat);
  const atoms = structure.numbers.length;
  await using many = createModelCalculator({ model: 'lamm-s-joint', threads, head: 'pbe' });
  await using one = createModelCalculator({ model: 'lamm-s-joint', threads: 1, head: 'pbe' });
  const time = (calculator: typeof one) => async () => {
    const start = performance.now();
    await calculator.calculate(structure);
    return performance.now() - start;
  };
  const name = `lamm-s-joint, ${atoms} atoms, ${threads} threads`;
  const row = await compare({ name, ours: time(many), peer: { name: 'one thread', timed: time(one) } }, rounds);
  return { ...row, note: fastestOf(row, atoms) };
}

/** What the fastest rounds took, which other work on the machine disturbed least. */
function fastestOf({ ours, peer }: Comparison, atoms: number): string {
  const [mine, theirs] = [ours, peer].map((timing) => Math.min(...(timing?.samples ?? [])));
  const perAtom = (time: number) => ((1000 * time) / atoms).toFixed(1);
  return `fastest: ${perAtom(mine)} and ${perAtom(theirs)} us an atom, ${(theirs / mine).toFixed(2)} x`;
}
