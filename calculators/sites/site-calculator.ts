import { availableParallelism } from 'node:os';
import { LammError } from '../../src/errors.js';
import { createPairList, type SitePairs } from '../../src/neighbors/pair-list.js';
import { findPairs } from '../../src/neighbors/pair-search.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { createTeam, type Team, type Work } from '../../src/threads/team.js';
import type { CalculationResult, Calculator, CalculatorCapabilities } from '../calculator.js';
import { findPairsTogether } from './shared-search.js';
import {
  type Allocate,
  allocateOwn,
  allocateShared,
  createSiteJobs,
  maxBlocks,
  minDividedAtoms,
  type SiteJob,
} from './site-job.js';

/** Arrays of a kernel beside those of the job. */
export type Scratch = Readonly<Record<string, Float64Array | Int32Array>>;

/**
 * Energy and forces as sums over pairs of sites, in rounds: each does something with every block, or with as many
 * ranges of atoms.
 */
export interface SiteKernel<Own extends Scratch = Scratch> {
  /** In A; pairs are listed up to `cutoff + skin`. */
  readonly cutoff: number;
  readonly skin: number;
  readonly rounds: number;
  /** Arrays that last from one calculation to the next; `last` are those of the job before, if there was one. */
  createScratch(job: SiteJob, allocate: Allocate, last: Own | undefined): Own;
  /** Sets what depends on the elements before the first round. */
  prepare?(job: SiteJob, system: AtomicSystem): void;
  /** Work on these arrays; after the last round the job has energies, forces and virials. */
  openWork(job: SiteJob, scratch: Own): Work;
}

/** How a thread of a team makes the same kernel. */
export interface KernelRecipe {
  /** Module that calls `serveSites` with what makes the kernel. */
  readonly entry: URL;
  /** Of the kernel, plain data. */
  readonly options: object;
}

/** What is shared with the threads of a team. */
export interface SiteTask {
  readonly job: SiteJob;
  readonly scratch: Scratch;
}

export interface SiteCalculatorOptions {
  readonly name: string;
  readonly capabilities: CalculatorCapabilities;
  readonly recipe: KernelRecipe;
  /**
   * Threads for systems of at least `minDividedAtoms` atoms, at most `maxBlocks`: by default as many as the machine can
   * run at once.
   */
  readonly threads?: number;
  /** Refuses systems that the kernel cannot do. */
  readonly assertKnown?: (system: AtomicSystem) => void;
}

/**
 * Creates the calculator of a kernel.  Results are the same to the last bit for any number of threads.
 *
 * @throws {LammError} `usage` for a number of threads that makes no sense.
 */
export function createSiteCalculator<Own extends Scratch>(
  kernel: SiteKernel<Own>,
  { name, capabilities, recipe, threads = availableParallelism(), assertKnown }: SiteCalculatorOptions,
): Calculator {
  assertThreads(threads, name);
  const { cutoff, skin } = kernel;
  const pairList = createPairList({
    cutoff,
    skin,
    find: (system, radius) =>
      isShared(system) ? findPairsTogether(openTeam(), system, radius) : findPairs(system, radius),
  });
  const alone = createSums(kernel, allocateOwn);
  const together = createSums(kernel, allocateShared);
  let team: Team | undefined;

  const isShared = ({ numbers }: AtomicSystem) => threads > 1 && numbers.length >= minDividedAtoms;

  function openTeam(): Team {
    team ??= createTeam(Math.min(threads, maxBlocks), recipe.entry, recipe.options);
    return team;
  }

  function calculateTogether(pairs: SitePairs, system: AtomicSystem): SiteJob {
    const { job, scratch, work, isNew } = together.update(pairs, system);
    const { share, run } = openTeam();
    if (isNew) share({ job, scratch } satisfies SiteTask);
    for (let round = 0; round < kernel.rounds; round++) run(round, job.blockCount, work);
    return job;
  }

  function calculateAlone(pairs: SitePairs, system: AtomicSystem): SiteJob {
    const { job, work } = alone.update(pairs, system);
    for (let round = 0; round < kernel.rounds; round++) {
      for (let block = 0; block < job.blockCount; block++) work(round, block);
    }
    return job;
  }

  return {
    name,
    capabilities,
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      assertKnown?.(system);
      const pairs = pairList.update(system);
      return resultOf(isShared(system) ? calculateTogether(pairs, system) : calculateAlone(pairs, system), system.cell);
    },
    async [Symbol.asyncDispose]() {
      await team?.[Symbol.asyncDispose]();
    },
  };
}

function assertThreads(threads: number, name: string): void {
  if (Number.isInteger(threads) && threads >= 1) return;
  const expected = 'a whole number of at least 1';
  const message = `${name}: threads: expected ${expected}, found ${threads}`;
  throw new LammError('usage', message, { quantity: 'threads', expected, actual: String(threads) });
}

/** A job with all that belongs to it; `isNew` when its arrays are others than at the last call. */
interface Prepared<Own> {
  readonly job: SiteJob;
  readonly scratch: Own;
  readonly work: Work;
  readonly isNew: boolean;
}

function createSums<Own extends Scratch>(kernel: SiteKernel<Own>, allocate: Allocate) {
  const jobs = createSiteJobs(allocate);
  let current: Prepared<Own> | undefined;
  return {
    update(pairs: SitePairs, system: AtomicSystem): Prepared<Own> {
      const job = jobs.update(pairs);
      if (current?.job !== job) {
        const scratch = kernel.createScratch(job, allocate, current?.scratch);
        current = { job, scratch, work: kernel.openWork(job, scratch), isNew: true };
      } else if (current.isNew) current = { ...current, isNew: false };
      kernel.prepare?.(job, system);
      return current;
    },
  };
}

/** @throws {LammError} `non-finite` when the energy is not a number. */
function resultOf({ energies, forces, virials }: SiteJob, cell: Float64Array): CalculationResult {
  const result = { energy: total(energies), energies: new Float64Array(energies), forces: new Float64Array(forces) };
  const volume = cellVolume(cell);
  if (volume === 0) return result;
  const stress = new Float64Array(6);
  for (let i = 0; i < virials.length; i++) stress[i % 6] += virials[i];
  return { ...result, stress: stress.map((component) => component / volume) };
}

function total(energies: Float64Array): number {
  let energy = 0;
  for (let atom = 0; atom < energies.length; atom++) energy += energies[atom];
  if (Number.isFinite(energy)) return energy;
  throw new LammError('non-finite', `expected a finite energy, found ${energy} eV; are two atoms too close?`, {
    quantity: 'energy',
  });
}
