import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import type { Random } from '../../src/random.js';
import type { Structure } from '../../src/structure/structure.js';
import { type Ensemble, isPressureEnsemble, type ResolvedMdOptions } from '../settings.js';
import { createRestraint, isHeld } from '../state/constraints.js';
import { createMdState, type MdState } from '../state/state.js';
import { assertStressSource, missingStress } from '../state/stress-source.js';
import { drawMomenta, removeRotation, removeTranslation, rescaleTemperature } from './maxwell-boltzmann.js';

/**
 * Baths that only scale what moves can never bring a drift of the whole system to the temperature, so they hold its
 * centre.
 */
const holdsCenter: ReadonlySet<Ensemble> = new Set(['bussi', 'nose-hoover', 'npt-rescale', 'npt-mtk']);

const constantPressure = {
  purpose: 'constant pressure',
  remedy: 'choose an ensemble in a fixed cell, such as langevin',
};

/** The state of a structure under the constraints of a simulation, before anything is drawn or calculated. */
export function createStartState(
  structure: Structure,
  { ensemble, centerOfMass, constraints }: ResolvedMdOptions,
): MdState {
  const held = isHeld(createRestraint(structure, { constraints }));
  const byDefault = holdsCenter.has(ensemble) && !held && structure.numbers.length > 1 ? 'fixed' : 'free';
  const centerFixed = (centerOfMass ?? byDefault) === 'fixed';
  return createMdState(structure, createRestraint(structure, { constraints, centerFixed }));
}

/**
 * Refuses a barostat that has nothing to go by, or that would move what is fixed; before anything is calculated.
 *
 * @throws {LammError} `missing-property` or `structure`.
 */
export function assertPressable(state: MdState, calculator: Calculator, ensemble: Ensemble): void {
  if (!isPressureEnsemble(ensemble)) return;
  assertStressSource(state, calculator, constantPressure);
  assertDerivative(calculator);
  if (!isHeld(state)) return;
  const message = `a barostat moves every atom with the cell, but some are fixed; free them, or ${constantPressure.remedy}`;
  throw new LammError('usage', message, { quantity: 'fixed' });
}

/** A barostat follows the enthalpy, of which a stress from a head of its own is no derivative: the cell would drift. */
function assertDerivative({ name, capabilities }: Calculator): void {
  if (capabilities.conservative) return;
  const message =
    `${constantPressure.purpose} needs a stress that is the derivative of the energy, which that of ${name} is not; ` +
    `choose a conservative model, or ${constantPressure.remedy}`;
  throw new LammError('missing-property', message, { quantity: 'stress' });
}

/** @throws {LammError} `missing-property` when the first calculation brought no stress for the barostat. */
export function assertStressCame({ stress }: MdState, calculator: Calculator, ensemble: Ensemble): void {
  if (isPressureEnsemble(ensemble) && !stress) throw missingStress(calculator, constantPressure);
}

/** @throws {LammError} `usage` when velocities are to be kept that the structure does not have. */
export function assertVelocitiesKept({ velocities }: Structure, options: ResolvedMdOptions): void {
  if (options.velocities !== 'keep' || velocities !== undefined) return;
  const message = 'velocities = keep: the structure has none; draw them, or take a file with velocities';
  throw new LammError('usage', message, { quantity: 'velocities' });
}

/**
 * Draws the momenta of the start.  Without fixed atoms they would carry the whole system away, so that part is taken
 * out; a single atom has no other motion and keeps it.
 */
export function drawStartMomenta(
  state: MdState,
  random: Random,
  { temperatureK, zeroRotation, equilibrate }: ResolvedMdOptions,
): void {
  drawMomenta(state, { temperatureK, random });
  if (state.freedomCount === 0) return;
  if (!isHeld(state) && state.masses.length > 1) removeTranslation(state);
  if (!isHeld(state) && (zeroRotation || (equilibrate && !state.pbc.includes(true)))) removeRotation(state);
  rescaleTemperature(state, temperatureK);
}
