import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { continueMd, startMd } from '../../../md/run.js';
import type { Structure } from '../../../src/structure/structure.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

const potential = { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5 };
const timestepFs = 2;
const warmUpSteps = 20;

/**
 * Velocity-Verlet steps of Lennard-Jones argon beside LAMMPS on one thread, both with a skin of a tenth of the cutoff.
 */
export const lammpsBench: BenchGroup = async function* (context) {
  const found = spawnSync('lmp', ['-h'], { timeout: 60_000 }).status === 0;
  if (!found) context.skip('molecular dynamics against LAMMPS: no program lmp was found');
  yield await simulate({ repeat: 10, steps: 200 }, context, found);
  yield await simulate({ repeat: 20, steps: 40 }, context, found);
  yield await simulate({ repeat: 30, steps: 20 }, context, found);
};

async function simulate(
  { repeat, steps }: { readonly repeat: number; readonly steps: number },
  { rounds, folder }: BenchContext,
  withPeer: boolean,
): Promise<Comparison> {
  const structure = rattledCrystal(repeat, { symbol: 'Ar', latticeConstant: 5.3 });
  const atomCount = structure.numbers.length;
  const name = `MD step, Lennard-Jones, ${atomCount} atoms, one thread`;
  await using calculator = createCalculator('lj', { ...potential, threads: 1 });
  const run = await startMd(structure, calculator, {
    steps: Number.MAX_SAFE_INTEGER,
    timestepFs,
    velocities: 'keep',
    ensemble: 'nve',
  });
  const startEnergy = run.state.potentialEnergy;
  const states = continueMd(run, calculator);
  for (let step = 0; step < warmUpSteps; step++) await states.next();
  const ours = async () => {
    const start = performance.now();
    for (let step = 0; step < steps; step++) await states.next();
    return (performance.now() - start) / steps;
  };
  if (!withPeer) return compare({ name, ours }, rounds);
  const script = writeScript(folder, structure, steps);
  const { energy } = runLammps(script);
  if (!(Math.abs(energy - startEnergy) < 1e-9 * Math.abs(startEnergy)))
    throw new Error(`${name}: energy ${startEnergy} eV, LAMMPS has ${energy} eV`);
  return compare({ name, ours, peer: { name: 'LAMMPS', timed: () => runLammps(script).ms } }, rounds);
}

/** Writes the structure and what LAMMPS is to do with it; returns the path of the script. */
function writeScript(folder: string, { positions, cell, masses }: Structure, steps: number): string {
  const rows = Array.from(masses, (_, atom) => `${atom + 1} 1 ${positions.subarray(3 * atom, 3 * atom + 3).join(' ')}`);
  const box = ['x', 'y', 'z'].map((axis, k) => `0 ${cell[4 * k]} ${axis}lo ${axis}hi`);
  const data = join(folder, `argon-${masses.length}.data`);
  writeFileSync(
    data,
    ['argon', '', `${masses.length} atoms`, '1 atom types', ...box, '', 'Atoms', '', ...rows, ''].join('\n'),
  );
  const script = join(folder, `argon-${masses.length}.in`);
  const { epsilon, sigma, cutoff } = potential;
  writeFileSync(
    script,
    `units metal
read_data ${data}
mass 1 ${masses[0]}
pair_style lj/cut ${cutoff}
pair_modify shift yes
pair_coeff 1 1 ${epsilon} ${sigma}
neighbor ${0.1 * cutoff} bin
neigh_modify every 1 delay 0 check yes
timestep ${timestepFs / 1000}
fix 1 all nve
thermo_style custom step pe
thermo_modify norm no format float %.15g
thermo 1000000
run ${warmUpSteps}
run ${steps}
`,
  );
  return script;
}

/** Energy at the start in eV, and the time of one step in ms, warmed up. */
function runLammps(script: string): { readonly energy: number; readonly ms: number } {
  const { stdout, status } = spawnSync('lmp', ['-in', script, '-log', 'none'], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const energy = Number(/^\s*0\s+(\S+)/m.exec(stdout)?.[1]);
  const loops = [...stdout.matchAll(/Loop time of (\S+) on 1 procs for (\d+) steps/g)];
  const [, seconds, steps] = loops.at(-1) ?? [];
  if (status === 0 && loops.length === 2) return { energy, ms: (1000 * Number(seconds)) / Number(steps) };
  throw new Error(`LAMMPS failed: ${stdout.slice(-500)}`);
}
