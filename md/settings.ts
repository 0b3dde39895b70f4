import { z } from 'zod';
import type { CalculatorCapabilities } from '../calculators/calculator.js';
import { LammError } from '../src/errors.js';
import { checkSettings } from '../src/settings/check-settings.js';
import { setting, withoutDefaults } from '../src/settings/setting.js';
import { constraintsSetting } from './state/constraints-setting.js';

/** Ensembles at constant energy or temperature, then those at constant pressure. */
const fixedCellEnsembles = ['nve', 'langevin', 'bussi', 'nose-hoover', 'berendsen'] as const;
const pressureEnsembles = ['npt-rescale', 'npt-mtk', 'npt-berendsen'] as const;
const ensembleNames = [...fixedCellEnsembles, ...pressureEnsembles] as const;

/**
 * Which distribution the dynamics sample: constant energy (nve), contact with a heat bath (langevin, bussi,
 * nose-hoover; berendsen only comes to the temperature), or with a bath of heat and pressure (npt-rescale: Bussi and
 * stochastic cell rescaling; npt-mtk: Martyna-Tobias-Klein with Nose-Hoover chains; npt-berendsen only comes to
 * temperature and pressure).
 */
export type Ensemble = (typeof ensembleNames)[number];

/** How a cell answers to pressure: its volume alone, its extent along x, y and z, or its whole shape. */
const couplings = ['isotropic', 'anisotropic', 'triclinic'] as const;
export type Coupling = (typeof couplings)[number];

/** Baths that act in a time of their own. */
const baths: readonly Ensemble[] = ['bussi', 'nose-hoover', 'berendsen', ...pressureEnsembles];
/** Those whose steps contain a whole step at constant energy, which may be split. */
const steppedEnsembles: readonly Ensemble[] = ['nve', 'bussi', 'nose-hoover'];

const positive = z.number().positive();
const temperature = z.number().nonnegative();

/** What is simulated.  Options that follow from others stay open here, see `resolveMdOptions`. */
export const mdSettings = z.strictObject({
  steps: setting(z.int().nonnegative(), {
    help: 'total number of steps, counted from the start of the simulation, those before a `resume` included',
  }),
  timestepFs: setting(positive.default(1), {
    flag: 'timestep',
    quantity: 'time',
    help: 'length of a step, such as 2fs',
  }),
  /** See `SteppedCalculator`. */
  innerSteps: setting(z.int().positive().default(1), {
    help: 'parts of each step that follow `innerCalculator` alone',
  }),
  ensemble: setting(z.enum(ensembleNames).optional(), {
    form: 'name',
    help: 'constant energy, a thermostat, or a thermostat and a barostat',
    otherwise: 'nve; langevin when forces are not conservative',
    meant: { nvt: ['langevin', 'bussi', 'nose-hoover'], npt: ['npt-rescale', 'npt-mtk'] },
  }),
  temperatureK: setting(temperature.default(300), {
    flag: 'temperature',
    quantity: 'temperature',
    form: 'T[:T]',
    help: 'of the start, when velocities are drawn, and of the thermostat; 300K:600K is a ramp',
  }),
  temperatureEndK: setting(temperature.optional(), {
    endOf: 'temperatureK',
    quantity: 'temperature',
    help: 'of the thermostat at the end of a ramp',
    otherwise: 'as at its start',
    usedBy: { ensemble: ['langevin', ...baths] },
  }),
  pressureGPa: setting(z.number().default(0), {
    flag: 'pressure',
    quantity: 'pressure',
    form: 'P[:P]',
    help: 'of a barostat, such as 1bar; 0:5GPa is a ramp',
  }),
  pressureEndGPa: setting(z.number().optional(), {
    endOf: 'pressureGPa',
    quantity: 'pressure',
    help: 'of a barostat at the end of a ramp',
    otherwise: 'as at its start',
  }),
  rampSteps: setting(z.int().nonnegative().optional(), { help: 'length of a ramp', otherwise: 'all steps' }),
  frictionPerFs: setting(positive.default(0.01), {
    flag: 'friction',
    quantity: 'rate',
    help: 'friction of langevin, such as 10/ps',
    usedBy: { ensemble: ['langevin'] },
  }),
  thermostatTimeFs: setting(positive.default(100), {
    flag: 'thermostat-time',
    quantity: 'time',
    help: 'in which the other thermostats act',
    usedBy: { ensemble: baths },
  }),
  barostatTimeFs: setting(positive.default(1000), {
    flag: 'barostat-time',
    quantity: 'time',
    help: 'in which a barostat acts',
    usedBy: { ensemble: pressureEnsembles },
  }),
  /** From it the barostats that use it know how hard to press. */
  compressibilityPerGPa: setting(positive.default(0.01), {
    flag: 'compressibility',
    quantity: 'compressibility',
    form: 'value',
    help: 'rough one of the material, such as 4.6e-5/bar for water',
    usedBy: { ensemble: ['npt-rescale', 'npt-berendsen'] },
  }),
  coupling: setting(z.enum(couplings).default('isotropic'), {
    form: 'shape',
    help: 'what of the cell a barostat moves',
    usedBy: { ensemble: pressureEnsembles },
  }),
  seed: setting(z.int().default(0), { form: 'number', help: 'seed of the random numbers' }),
  velocities: setting(z.enum(['keep', 'draw']).optional(), {
    form: 'choice',
    help: 'those of the structure or new ones',
    otherwise: 'keep, if there are any',
  }),
  zeroRotation: setting(z.boolean().default(false), { help: 'take the rotation out of drawn velocities' }),
  /** Rotation is taken out where nothing is periodic. */
  equilibrate: setting(z.boolean().default(false), {
    help: 'before the first step: relax the positions, draw velocities, take drift and rotation out',
  }),
  centerOfMass: setting(z.enum(['fixed', 'free']).optional(), {
    form: 'choice',
    help: 'hold it at rest, not counted in the temperature, or not',
    otherwise:
      'fixed for bussi, nose-hoover, npt-rescale and npt-mtk, which would never heat it, unless atoms are fixed',
  }),
  constraints: constraintsSetting,
});

/** What is asked for: times in fs, temperatures in K, pressures in GPa. */
export type MdOptions = Readonly<z.input<typeof mdSettings>>;

/** Options of a simulation with those defaults that do not depend on the calculator. */
export type CheckedMdOptions = Readonly<z.output<typeof mdSettings>>;

/** Nothing is open any more but what the structure decides. */
export const resolvedMdSettings = withoutDefaults(mdSettings).required({
  ensemble: true,
  temperatureEndK: true,
  pressureEndGPa: true,
  rampSteps: true,
});
export type ResolvedMdOptions = Readonly<z.infer<typeof resolvedMdSettings>>;

export function isPressureEnsemble(ensemble: Ensemble): boolean {
  return (pressureEnsembles as readonly Ensemble[]).includes(ensemble);
}

/**
 * Applies the defaults that do not depend on the calculator, and checks ranges: what can be said before there is one.
 *
 * @throws {LammError} `usage` for a value out of range, or values that do not go together.
 */
export function checkMdOptions(options: MdOptions): CheckedMdOptions {
  const checked = checkSettings(mdSettings, options);
  assertFitting(checked);
  return checked;
}

/**
 * Decides what is open.  Forces that are not the derivative of an energy heat a closed system,
 * so for such calculators the default is a thermostat and constant energy must be asked for.
 *
 * @throws {LammError} `usage` for a value out of range, or values that do not go together.
 */
export function resolveMdOptions(
  options: MdOptions,
  { conservative }: Pick<CalculatorCapabilities, 'conservative'>,
): ResolvedMdOptions {
  const ensemble = options.ensemble ?? (conservative ? 'nve' : 'langevin');
  const checked = checkMdOptions({ ...options, ensemble });
  const { steps, temperatureK, pressureGPa, temperatureEndK = temperatureK, pressureEndGPa = pressureGPa } = checked;
  const isRamp = temperatureEndK !== temperatureK || pressureEndGPa !== pressureGPa;
  const rampSteps = isRamp ? (checked.rampSteps ?? steps) : 0;
  return resolvedMdSettings.parse({ ...checked, ensemble, temperatureEndK, pressureEndGPa, rampSteps });
}

// Options that would have no effect, or none that makes sense, are refused rather than ignored.
// An ensemble that is still open will have no barostat and no chain.
function assertFitting(options: CheckedMdOptions): void {
  const { ensemble, temperatureK, temperatureEndK = temperatureK, pressureGPa, pressureEndGPa = pressureGPa } = options;
  const found = ensemble ?? 'none';
  if (options.equilibrate && options.velocities === 'keep') {
    const message = '`equilibrate` draws new velocities: leave out `velocities: keep`, or `equilibrate`';
    throw new LammError('usage', message, { quantity: 'velocities' });
  }
  if ((pressureGPa !== 0 || pressureEndGPa !== 0) && !(ensemble && isPressureEnsemble(ensemble))) {
    const expected = pressureEnsembles.join(', ');
    const message = `\`pressureGPa\` needs an \`ensemble\` with a barostat (${expected}), found ${found}`;
    throw new LammError('usage', message, { quantity: 'pressureGPa', expected, actual: found });
  }
  if (options.innerSteps > 1 && ensemble && !steppedEnsembles.includes(ensemble)) {
    const expected = steppedEnsembles.join(', ');
    const message = `\`innerSteps\` above 1 are for the ensembles ${expected}, found ${ensemble}`;
    throw new LammError('usage', message, { quantity: 'innerSteps', expected, actual: ensemble });
  }
  const isChained = ensemble === 'nose-hoover' || ensemble === 'npt-mtk';
  if (isChained && !(Math.min(temperatureK, temperatureEndK) > 0)) {
    const message = `${ensemble} needs a \`temperatureK\` above 0 K; berendsen or bussi can cool down to 0 K`;
    throw new LammError('usage', message, { quantity: 'temperatureK', expected: 'above 0 K', actual: '0 K' });
  }
}
