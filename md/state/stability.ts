import type { CalculatorCapabilities } from '../../calculators/calculator.js';
import { LammError, UnstableError } from '../../src/errors.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import type { MdState } from './state.js';

/**
 * Beyond this distance in one step (A), an atom has been shot out of its surroundings: thermal steps are a hundred
 * times shorter.
 */
const maxMove = 2;

/** Whether no component of a move of one step (A) is that long, or not a number. */
export function isShort(x: number, y: number, z: number): boolean {
  return Math.abs(x) <= maxMove && Math.abs(y) <= maxMove && Math.abs(z) <= maxMove;
}

/**
 * Temperatures up to ten times the intended one are fluctuation or released energy; and no simulation ends below this
 * one (K).
 */
const alwaysAllowedTemperature = 10_000;

/**
 * Refuses a temperature (K) that no sound simulation reaches.
 *
 * @throws {UnstableError} `unstable` when it is above ten times `expectedK` and above what is always allowed.
 */
export function assertStable(now: number, { expectedK, step }: { expectedK: number; step: number }): void {
  const limit = Math.max(alwaysAllowedTemperature, 10 * expectedK);
  if (!(now <= limit)) {
    throw new UnstableError('unstable', `the temperature rose to ${now.toFixed(0)} K at step ${step}; ${remedy}`, {
      quantity: 'temperature',
      step,
      expected: `at most ${limit} K`,
      actual: `${now} K`,
    });
  }
}

/** Atoms nearer than this (A) are on top of each other: no bond is half as short. */
const shortestDistance = 0.3;
const stepsBetweenLooks = 100;

/**
 * Refuses, at every hundredth step, atoms on top of each other: where a potential has a hole, energies alone may look
 * sound.
 *
 * @throws {UnstableError} `unstable` with the two atoms.
 */
export function assertApart(state: MdState, { cutoff }: Pick<CalculatorCapabilities, 'cutoff'>): void {
  if (state.step % stepsBetweenLooks !== 0 || cutoff < shortestDistance) return; // atoms that do not feel each other may overlap
  const { edgeCount, senders, receivers, distances } = neighborList(state, shortestDistance);
  if (edgeCount === 0) return;
  const pair = `atoms ${receivers[0] + 1} and ${senders[0] + 1}`;
  throw new UnstableError(
    'unstable',
    `${pair} are ${distances[0].toFixed(2)} A apart at step ${state.step}: they overlap, where the calculator may know nothing; ${remedy}`,
    {
      quantity: 'positions',
      step: state.step,
      expected: `at least ${shortestDistance} A`,
      actual: `${distances[0]} A`,
    },
  );
}

/** The error for an atom (counted from 0) that moves `move` A in one drift, or by a distance that is not a number. */
export function lostAtom(atom: number, move: number, step: number): UnstableError {
  return new UnstableError(
    'unstable',
    `atom ${atom + 1} would move ${Math.abs(move).toFixed(1)} A in one step after step ${step}: it is lost; ${remedy}`,
    { quantity: 'positions', step, expected: `at most ${maxMove} A`, actual: `${move} A` },
  );
}

/**
 * What a calculator refuses in the midst of a simulation (atoms on top of each other, NaN) is instability of that
 * simulation.
 */
export function asInstability(error: unknown, step: number): unknown {
  const code = error instanceof LammError ? error.code : undefined;
  if (error instanceof UnstableError || !(code === 'structure' || code === 'non-finite')) return error;
  const message = `the simulation broke down after step ${step}: ${(error as LammError).message}; ${remedy}`; // it has a code
  return new UnstableError('unstable', message, { step, cause: error });
}

const remedy = 'use a shorter time step, or relax the structure first';
