import { type CalculatorName, createCalculator } from '../../../calculators/create-calculator.js';
import { continueMd, startMd } from '../../../md/run.js';
import type { Structure } from '../../../src/structure/structure.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';
import { findPython, type Peer, startPeer, timedByPeer } from '../peer.js';
import { writeSystem } from '../system-file.js';

const timestepFs = 2;

/** What is simulated; `options` go to our calculator and to ASE's. */
interface Simulation {
  readonly label: string;
  readonly calculator: CalculatorName;
  readonly options: { readonly [key: string]: number };
  readonly structure: Structure;
  /** Steps of one sample: ours, and the peer's. */
  readonly steps: { readonly ours: number; readonly peer: number };
}

/** Velocity-Verlet steps with Lennard-Jones and EMT, starting at rest in a rattled crystal. */
export const mdBench: BenchGroup = async function* (context) {
  const python = findPython('ase');
  if (python === undefined) context.skip('molecular dynamics against ASE: no Python with ase was found');
  using peer = python === undefined ? undefined : startPeer(python, 'ase_peer.py', context.threads);
  for (const repeat of [3, 5]) {
    const argon = rattledCrystal(repeat, { symbol: 'Ar', latticeConstant: 5.3 });
    const options = { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5 };
    const steps = { ours: 100, peer: 5 };
    yield await simulate({ label: 'Lennard-Jones', calculator: 'lj', options, structure: argon, steps }, context, peer);
    yield await simulate(
      { label: 'EMT', calculator: 'emt', options: {}, structure: rattledCrystal(repeat), steps },
      context,
      peer,
    );
  }
};

async function simulate(simulation: Simulation, context: BenchContext, peer: Peer | undefined): Promise<Comparison> {
  const { label, structure, steps } = simulation;
  const name = `MD step, ${label}, ${structure.numbers.length} atoms`;
  await using calculator = createCalculator(simulation.calculator, simulation.options);
  const run = await startMd(structure, calculator, {
    steps: Number.MAX_SAFE_INTEGER,
    timestepFs,
    velocities: 'keep',
    ensemble: 'nve',
  });
  const startEnergy = run.state.potentialEnergy;
  const states = continueMd(run, calculator);
  await states.next();
  const ours = async () => {
    const start = performance.now();
    for (let step = 0; step < steps.ours; step++) await states.next();
    return (performance.now() - start) / steps.ours;
  };
  if (peer === undefined) return compare({ name, ours }, context.rounds);
  await assertSameStart(simulation, { name, energy: startEnergy, peer, folder: context.folder });
  const timed = timedByPeer(peer, { do: 'run_md', name, steps: steps.peer });
  return compare({ name, ours, peer: { name: 'ASE', timed } }, context.rounds);
}

async function assertSameStart(
  { calculator, options, structure }: Simulation,
  { name, energy, peer, folder }: { name: string; energy: number; peer: Peer; folder: string },
): Promise<void> {
  const system = writeSystem(folder, structure);
  const theirs = await peer.ask<{ energy: number }>({ do: 'start_md', name, system, calculator, options, timestepFs });
  const difference = Math.abs(theirs.energy - energy);
  if (!(difference < 1e-8 * structure.numbers.length))
    throw new Error(`${name}: energy ${energy} eV, ASE has ${theirs.energy} eV`);
}
