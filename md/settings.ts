import type { CalculatorCapabilities } from '../calculators/calculator.js';
import { LammError } from '../src/errors.js';
import type { Constraint } from './state/constraints.js';

/** Ensembles at constant energy or temperature, then those at constant pressure. */
export const fixedCellEnsembles = ['nve', 'langevin', 'bussi', 'nose-hoover', 'berendsen'] as const;
export const pressureEnsembles = ['npt-rescale', 'npt-mtk', 'npt-berendsen'] as const;
export const ensembleNames = [...fixedCellEnsembles, ...pressureEnsembles] as const;

/**
 * Which distribution the dynamics sample: constant energy (nve), contact with a heat bath (langevin, bussi, nose-hoover; berendsen only comes
 * to the temperature), or with a bath of heat and pressure (npt-rescale: Bussi and stochastic cell rescaling; npt-mtk: Martyna-Tobias-Klein with
 * Nose-Hoover chains; npt-berendsen only comes to temperature and pressure).
 */
export type Ensemble = (typeof ensembleNames)[number];

/** How a cell answers to pressure: its volume alone, its extent along x, y and z, or its whole shape. */
export const couplings = ['isotropic', 'anisotropic', 'triclinic'] as const;
export type Coupling = (typeof couplings)[number];

export interface MdOptions {
  /** Total number of steps, counted from the start of the simulation. */
  readonly steps: number;
  readonly timestepFs?: number;
  /** Parts of a step in which the forces of a cheap inner calculator act, see `SteppedCalculator`; 1 without one. */
  readonly innerSteps?: number;
  readonly ensemble?: Ensemble;
  /** Temperature of the start, when velocities are drawn, and of the bath. */
  readonly temperatureK?: number;
  /** Temperature of the bath at the end of a ramp; the same as at its start when absent. */
  readonly temperatureEndK?: number;
  /** Friction of the Langevin bath in 1/fs. */
  readonly frictionPerFs?: number;
  /** Time in which the other thermostats act. */
  readonly thermostatTimeFs?: number;
  readonly pressureGPa?: number;
  /** Pressure of the bath at the end of a ramp; the same as at its start when absent. */
  readonly pressureEndGPa?: number;
  /** Time in which a barostat acts. */
  readonly barostatTimeFs?: number;
  /** Rough isothermal compressibility of the material, from which the npt-rescale and npt-berendsen barostats know how hard to press. */
  readonly compressibilityPerGPa?: number;
  readonly coupling?: Coupling;
  /** Steps from the start to the end of a ramp of temperature or pressure; by default all. */
  readonly rampSteps?: number;
  readonly seed?: number;
  /** Start from the velocities of the structure or draw new ones; by default they are kept when any of them is not zero. */
  readonly velocities?: 'keep' | 'draw';
  /** Take the rotation about the centre of mass out of drawn velocities. */
  readonly zeroRotation?: boolean;
  /** Relax the positions first, draw velocities, and take drift and, where nothing is periodic, rotation out of them. */
  readonly equilibrate?: boolean;
  /**
   * Whether the centre of mass stays at rest, its three coordinates not counted in the temperature.  By default it does for baths that would
   * never heat it (bussi, nose-hoover, npt-rescale, npt-mtk), unless fixed atoms hold the system.
   */
  readonly centerOfMass?: 'fixed' | 'free';
  readonly constraints?: readonly Constraint[];
}

type Optional = 'velocities' | 'centerOfMass';
export type ResolvedMdOptions = Omit<Required<MdOptions>, Optional> & Pick<MdOptions, Optional>;

/** Those whose steps contain a whole step at constant energy, which may be split. */
const steppedEnsembles: ReadonlySet<Ensemble> = new Set(['nve', 'bussi', 'nose-hoover']);

export function isPressureEnsemble(ensemble: Ensemble): boolean {
  return (pressureEnsembles as readonly Ensemble[]).includes(ensemble);
}

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
  const temperatureK = options.temperatureK ?? 300;
  const temperatureEndK = options.temperatureEndK ?? temperatureK;
  const pressureGPa = options.pressureGPa ?? 0;
  const pressureEndGPa = options.pressureEndGPa ?? pressureGPa;
  const isRamp = temperatureEndK !== temperatureK || pressureEndGPa !== pressureGPa;
  const resolved: ResolvedMdOptions = {
    steps: options.steps,
    timestepFs: options.timestepFs ?? 1,
    innerSteps: options.innerSteps ?? 1,
    ensemble: options.ensemble ?? (conservative ? 'nve' : 'langevin'),
    temperatureK,
    temperatureEndK,
    frictionPerFs: options.frictionPerFs ?? 0.01,
    thermostatTimeFs: options.thermostatTimeFs ?? 100,
    pressureGPa,
    pressureEndGPa,
    barostatTimeFs: options.barostatTimeFs ?? 1000,
    compressibilityPerGPa: options.compressibilityPerGPa ?? 0.01,
    coupling: options.coupling ?? 'isotropic',
    rampSteps: isRamp ? (options.rampSteps ?? options.steps) : 0,
    seed: options.seed ?? 0,
    velocities: options.velocities,
    zeroRotation: options.zeroRotation ?? false,
    equilibrate: options.equilibrate ?? false,
    centerOfMass: options.centerOfMass,
    constraints: options.constraints ?? [],
  };
  assertRanges(resolved);
  assertFitting(resolved);
  return resolved;
}

function assertRanges(options: ResolvedMdOptions): void {
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  const isPositive = (value: number) => value > 0;
  assertOption('steps', 'a whole number of at least 0', options.steps, isCount);
  assertOption('timestep', 'a time above 0 fs', options.timestepFs, isPositive);
  assertOption('inner-steps', 'a whole number of at least 1', options.innerSteps, (value) => isCount(value - 1));
  assertOption('temperature', 'at least 0 K', options.temperatureK, (value) => value >= 0);
  assertOption('temperature', 'at least 0 K at the end', options.temperatureEndK, (value) => value >= 0);
  assertOption('friction', 'a rate above 0 per fs', options.frictionPerFs, isPositive);
  assertOption('thermostat-time', 'a time above 0 fs', options.thermostatTimeFs, isPositive);
  assertOption('pressure', 'a number of GPa', options.pressureGPa, Number.isFinite);
  assertOption('pressure', 'a number of GPa at the end', options.pressureEndGPa, Number.isFinite);
  assertOption('barostat-time', 'a time above 0 fs', options.barostatTimeFs, isPositive);
  assertOption('compressibility', 'a number above 0 per GPa', options.compressibilityPerGPa, isPositive);
  assertOption('ramp-steps', 'a whole number of at least 0', options.rampSteps, isCount);
  assertOption('seed', 'a whole number', options.seed, Number.isSafeInteger);
}

// Options that would have no effect, or none that makes sense, are refused rather than ignored.
function assertFitting(options: ResolvedMdOptions): void {
  const { ensemble, temperatureK, temperatureEndK, pressureGPa, pressureEndGPa } = options;
  if (options.equilibrate && options.velocities === 'keep') {
    const message = 'equilibrate draws new velocities: leave out velocities = keep, or equilibrate';
    throw new LammError('usage', message, { quantity: 'velocities' });
  }
  if ((pressureGPa !== 0 || pressureEndGPa !== 0) && !isPressureEnsemble(ensemble)) {
    const expected = pressureEnsembles.join(', ');
    const message = `a pressure needs an ensemble with a barostat (${expected}), found ${ensemble}`;
    throw new LammError('usage', message, { quantity: 'pressure', expected, actual: ensemble });
  }
  if (options.innerSteps > 1 && !steppedEnsembles.has(ensemble)) {
    const expected = [...steppedEnsembles].join(', ');
    const message = `inner steps are for the ensembles ${expected}, found ${ensemble}`;
    throw new LammError('usage', message, { quantity: 'innerSteps', expected, actual: ensemble });
  }
  const chained = ensemble === 'nose-hoover' || ensemble === 'npt-mtk';
  if (chained && !(Math.min(temperatureK, temperatureEndK) > 0)) {
    const message = `${ensemble} needs a temperature above 0 K; berendsen or bussi can cool down to 0 K`;
    throw new LammError('usage', message, { quantity: 'temperature', expected: 'above 0 K', actual: '0 K' });
  }
}

function assertOption(quantity: string, expected: string, value: number, isValid: (value: number) => boolean): void {
  if (Number.isFinite(value) && isValid(value)) return;
  throw new LammError('usage', `${quantity}: expected ${expected}, found ${value}`, {
    quantity,
    expected,
    actual: String(value),
  });
}
