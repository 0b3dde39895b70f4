import { isAboutOneStructure, LammError } from '../src/errors.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import { answerByTurns } from '../src/turn-batches.js';
import type { CalculationResult, Calculator } from './calculator.js';

/** Atoms that are calculated at once unless the user says otherwise: more of them leave the processor's cache. */
export const defaultBatchAtoms = 64;

/** The same for the fused engine, which keeps little of each atom. */
export const fusedBatchAtoms = 512;

/**
 * The same calculator for callers that work side by side: what they ask for in one turn of the event loop is calculated
 * at once.
 *
 * When that fails, the halves are calculated apart, and so on, so that only those learn of it that it is about; where
 * it was for want of memory, later ones are no larger than what there was memory for.  It does not own the calculator.
 */
export function createBatching(calculator: Calculator): Calculator {
  const room: Room = { atoms: Number.POSITIVE_INFINITY };
  const calculate = answerByTurns((systems: readonly AtomicSystem[]) => calculateTogether(calculator, systems, room));
  const { name, capabilities } = calculator;
  return { name, capabilities, calculate, [Symbol.asyncDispose]: async () => undefined };
}

/** Atoms for which there is memory, as far as is known. */
interface Room {
  atoms: number;
}

type Outcome = PromiseSettledResult<CalculationResult>;

async function calculateTogether(
  calculator: Calculator,
  systems: readonly AtomicSystem[],
  room: Room,
): Promise<Outcome[]> {
  if (calculator.calculateMany === undefined || systems.length === 1) {
    const outcomes: Outcome[] = [];
    for (const system of systems) outcomes.push(await calculateOne(calculator, system));
    return outcomes;
  }
  const atoms = systems.reduce((sum, { numbers }) => sum + numbers.length, 0);
  if (atoms <= room.atoms) {
    try {
      const results = await calculator.calculateMany(systems);
      return results.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      if (!isAboutOneStructure(error)) room.atoms = Math.floor(atoms / 2);
    }
  }
  const middle = Math.ceil(systems.length / 2);
  return [
    ...(await calculateTogether(calculator, systems.slice(0, middle), room)),
    ...(await calculateTogether(calculator, systems.slice(middle), room)),
  ];
}

async function calculateOne(calculator: Calculator, system: AtomicSystem): Promise<Outcome> {
  try {
    return { status: 'fulfilled', value: await calculator.calculate(system) };
  } catch (error) {
    return { status: 'rejected', reason: isOutOfMemory(error) ? tooLarge(system, error) : error };
  }
}

/** Whether there was not enough memory, in the words of V8 and of ONNX Runtime. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /allocation failed|failed to allocate|out of memory/i.test(error.message);
}

function tooLarge({ numbers }: AtomicSystem, cause: unknown): LammError {
  return new LammError('engine', `there is not enough memory for ${numbers.length} atoms; use a larger machine`, {
    cause,
  });
}

/**
 * Calculates systems in batches of up to `batchAtoms` atoms where the calculator gains by it; yields in order what came
 * of each.
 */
export async function* calculateEach(
  calculator: Calculator,
  systems: readonly AtomicSystem[],
  batchAtoms = defaultBatchAtoms,
): AsyncGenerator<PromiseSettledResult<CalculationResult>, void, void> {
  const limit = calculator.calculateMany === undefined ? 0 : batchAtoms;
  const room: Room = { atoms: Number.POSITIVE_INFINITY };
  for (let start = 0; start < systems.length; ) {
    let end = start + 1;
    let atoms = systems[start].numbers.length;
    while (end < systems.length && atoms + systems[end].numbers.length <= limit) atoms += systems[end++].numbers.length;
    yield* await calculateTogether(calculator, systems.slice(start, end), room);
    start = end;
  }
}

/**
 * Calculates systems, all of which must succeed, as many at once as fit: yields their results in order.
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
