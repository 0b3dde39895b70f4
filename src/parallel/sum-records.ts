import { LammError } from '../errors.js';
import type { Communicator } from './communicator.js';

/**
 * The records of all ranks added up, name by name; their values are numbers or such records again, and have the same
 * names on all ranks. The sums have the same bits everywhere.
 */
export async function sumRecords<Sums extends object>(communicator: Communicator, record: Sums): Promise<Sums> {
  const values = Float64Array.from(numbersOf(record));
  await communicator.sum(values);
  const rest = values.values();
  return fill(record, () => rest.next().value ?? Number.NaN) as Sums; // `fill` keeps the names
}

/** In the order of `Object.values`, which all ranks share because they make their records alike. */
function* numbersOf(record: object): Generator<number> {
  for (const value of Object.values(record)) {
    if (typeof value === 'number') yield value;
    else if (typeof value === 'object') yield* numbersOf(value);
    else throw new LammError('graph', `expected numbers to sum over ranks, found ${String(value)}`);
  }
}

function fill(record: object, next: () => number): object {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, typeof value === 'number' ? next() : fill(value, next)]),
  );
}
