import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import type { AtomicSystem } from '../../src/structure/structure.js';

/**
 * Refuses to move a cell that is not periodic, or without stress to tell where to.
 *
 * @param purpose beginning of the message, such as `relaxing the cell`; @param remedy its end, such as
 *   `leave the cell as it is`.
 * @throws {LammError} `structure`, or `missing-property` of the calculator.
 */
export function assertStressSource(
  system: AtomicSystem,
  calculator: Calculator,
  about: { purpose: string; remedy: string },
): void {
  if (!system.pbc.every(Boolean)) {
    const message = `${about.purpose} needs a structure that is periodic in all directions; ${about.remedy}`;
    throw new LammError('structure', message, { quantity: 'pbc' });
  }
  if (!calculator.capabilities.stress) throw missingStress(calculator, about);
  assertHeadOfCrystals(system, calculator, about);
}

/**
 * Refuses to change a cell by numbers of a level of theory that no periodic structure was learned with.
 *
 * @throws {LammError} `structure`.
 */
export function assertHeadOfCrystals(
  system: AtomicSystem,
  { name, capabilities }: Calculator,
  about: { purpose: string; remedy: string },
): void {
  const head = capabilities.headFor?.(system);
  if (head?.hasSeen !== false) return;
  const message =
    `${about.purpose}: the head ${head.name} of ${name} learned from molecules alone, and what it says of a cell would be a guess; ` +
    `choose another head or model, or ${about.remedy}`;
  throw new LammError('structure', message, { quantity: 'stress' });
}

/** The error for a calculator that gives no stress where one is needed. */
export function missingStress({ name }: Calculator, about: { purpose: string; remedy: string }): LammError {
  const message =
    `${about.purpose} needs stress, which the calculator ${name} does not give; ` +
    `choose one that does, such as lamm-s, emt or lj, or ${about.remedy}`;
  return new LammError('missing-property', message, { quantity: 'stress' });
}
