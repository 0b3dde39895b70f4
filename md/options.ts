import type { CalculatorCapabilities } from '../calculators/calculator.js';
import { LammError } from '../src/errors.js';

/** Which distribution the dynamics sample: constant energy, or contact with a bath. */
export type Ensemble = 'nve' | 'langevin';

export interface MdOptions {
  /** Total number of steps, counted from the start of the simulation. */
  readonly steps: number;
  readonly timestepFs?: number;
  readonly ensemble?: Ensemble;
  /** Temperature of the start, when velocities are drawn, and of the bath. */
  readonly temperatureK?: number;
  /** Friction of the Langevin bath in 1/fs. */
  readonly frictionPerFs?: number;
  readonly seed?: number;
  /** Start from the velocities of the structure or draw new ones; by default they are kept when any of them is not zero. */
  readonly velocities?: 'keep' | 'draw';
  /** Take the rotation about the centre of mass out of drawn velocities. */
  readonly zeroRotation?: boolean;
}

export type ResolvedMdOptions = Omit<Required<MdOptions>, 'velocities'> & Pick<MdOptions, 'velocities'>;

/**
 * Applies defaults and checks ranges.  Forces that are not the derivative of an energy heat a closed system,
 * so for such calculators the default is a thermostat and constant energy must be asked for.
 *
 * @throws {LammError} `usage` for a value out of range.
 */
export function resolveMdOptions(
  options: MdOptions,
  { conservative }: Pick<CalculatorCapabilities, 'conservative'>,
): ResolvedMdOptions {
  const resolved: ResolvedMdOptions = {
    steps: options.steps,
    timestepFs: options.timestepFs ?? 1,
    ensemble: options.ensemble ?? (conservative ? 'nve' : 'langevin'),
    temperatureK: options.temperatureK ?? 300,
    frictionPerFs: options.frictionPerFs ?? 0.01,
    seed: options.seed ?? 0,
    velocities: options.velocities,
    zeroRotation: options.zeroRotation ?? false,
  };
  assertOption(
    'steps',
    'a whole number of at least 0',
    resolved.steps,
    Number.isInteger(resolved.steps) && resolved.steps >= 0,
  );
  assertOption('timestep', 'a time above 0 fs', resolved.timestepFs, resolved.timestepFs > 0);
  assertOption('temperature', 'at least 0 K', resolved.temperatureK, resolved.temperatureK >= 0);
  assertOption('friction', 'a rate above 0 per fs', resolved.frictionPerFs, resolved.frictionPerFs > 0);
  assertOption('seed', 'a whole number', resolved.seed, Number.isSafeInteger(resolved.seed));
  return resolved;
}

function assertOption(quantity: string, expected: string, value: number, valid: boolean): void {
  if (valid && Number.isFinite(value)) return;
  throw new LammError('usage', `${quantity}: expected ${expected}, found ${value}`, {
    quantity,
    expected,
    actual: String(value),
  });
}
