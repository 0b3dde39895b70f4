import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';

/** Atoms that are calculated at once unless the user says otherwise: more of them leave the processor's cache. */
export const defaultBatchAtoms = 64;

/**
 * The same calculator for callers that work side by side: what they ask for in one turn of the event loop is calculated at once.
 *
 * When that fails, each is calculated on its own, so that only those learn of it that it is about.  It does not own the calculator.
 */
export function createBatching(calculator: Calculator): Calculator {
  let waiting: { systems: AtomicSystem[]; results: Promise<PromiseSettledResult<CalculationResult>[]> } | undefined;

  async function calculateWaiting(systems: readonly AtomicSystem[]) {
    await nextTurn();
    waiting = undefined;
    return calculateTogether(calculator, systems);
  }

  async function calculate(system: AtomicSystem): Promise<CalculationResult> {
    if (waiting === undefined) {
      const systems: AtomicSystem[] = [];
      waiting = { systems, results: calculateWaiting(systems) };
    }
    const { systems, results } = waiting;
    const place = systems.push(system) - 1;
    const outcome = (await results)[place];
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  const { name, capabilities } = calculator;
  return { name, capabilities, calculate, [Symbol.asyncDispose]: async () => undefined };
}

async function calculateTogether(
  calculator: Calculator,
  systems: readonly AtomicSystem[],
): Promise<PromiseSettledResult<CalculationResult>[]> {
  if (systems.length > 1 && calculator.calculateMany !== undefined) {
    const results = await calculator.calculateMany(systems).catch(() => undefined);
    if (results !== undefined) return results.map((value) => ({ status: 'fulfilled', value }));
  }
  const outcomes: PromiseSettledResult<CalculationResult>[] = [];
  for (const system of systems) outcomes.push(...(await Promise.allSettled([calculator.calculate(system)])));
  return outcomes;
}

/** Calculates systems in batches of up to `batchAtoms` atoms where the calculator gains by it; yields in order what came of each. */
export async function* calculateEach(
  calculator: Calculator,
  systems: readonly AtomicSystem[],
  batchAtoms = defaultBatchAtoms,
): AsyncGenerator<PromiseSettledResult<CalculationResult>, void, void> {
  const limit = calculator.calculateMany === undefined ? 0 : batchAtoms;
  for (let start = 0; start < systems.length; ) {
    let end = start + 1;
    let atoms = systems[start].numbers.length;
    while (end < systems.length && atoms + systems[end].numbers.length <= limit) atoms += systems[end++].numbers.length;
    yield* await calculateTogether(calculator, systems.slice(start, end));
    start = end;
  }
}

/**
 * The same where all must succeed: yields their results.
 *
 * @throws {LammError} what `calculate` throws of the first system that cannot be calculated.
 */
export async function* calculateAll(
  calculator: Calculator,
  systems: readonly AtomicSystem[],
  batchAtoms = defaultBatchAtoms,
): AsyncGenerator<CalculationResult, void, void> {
  for await (const outcome of calculateEach(calculator, systems, batchAtoms)) {
    if (outcome.status === 'rejected') throw outcome.reason;
    yield outcome.value;
  }
}
