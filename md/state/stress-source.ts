import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import type { AtomicSystem } from '../../src/structure/structure.js';

/**
 * Refuses to move a cell that is not periodic, or without stress to tell where to.
 *
 * @param purpose beginning of the message, such as `relaxing the cell`; @param remedy its end, such as `leave out --cell`.
 * @throws {LammError} `usage` or `missing-property`.
 */
export function assertStressSource(
  { pbc }: AtomicSystem,
  calculator: Calculator,
  about: { purpose: string; remedy: string },
): void {
  if (!pbc.every(Boolean)) {
    const message = `${about.purpose} needs a structure that is periodic in all directions; ${about.remedy}`;
    throw new LammError('usage', message, { quantity: 'pbc' });
  }
  if (!calculator.capabilities.stress) throw missingStress(calculator, about);
}

/** The error for a calculator that gives no stress where one is needed. */
export function missingStress({ name }: Calculator, about: { purpose: string; remedy: string }): LammError {
  const message =
    `${about.purpose} needs stress, which the calculator ${name} does not give; ` +
    `choose one that does, such as lamm-s, emt or lj, or ${about.remedy}`;
  return new LammError('missing-property', message, { quantity: 'stress' });
}
