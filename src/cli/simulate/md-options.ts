import { type Command, Option } from 'commander';
import type { CalculatorCapabilities } from '../../../calculators/calculator.js';
import { couplings, type Ensemble, ensembleNames, type MdOptions, pressureEnsembles } from '../../../md/settings.js';
import type { Constraint } from '../../../md/state/constraints.js';
import type { QuantityKind } from '../../settings/quantity.js';
import { constraintHelp, parseConstraints } from '../input/constraint-spec.js';
import { parseCount, parseNatural } from '../input/shared-options.js';

/** Those that the library takes as they are. */
type PlainOption =
  | 'steps'
  | 'innerSteps'
  | 'ensemble'
  | 'coupling'
  | 'rampSteps'
  | 'seed'
  | 'velocities'
  | 'zeroRotation'
  | 'equilibrate'
  | 'centerOfMass';

/** Options of `lamm md` that say what is simulated, as the user writes them. */
export interface MdCommandOptions extends Partial<Pick<MdOptions, PlainOption>> {
  readonly timestep?: string;
  readonly temperature?: string;
  readonly friction?: string;
  readonly thermostatTime?: string;
  readonly pressure?: string;
  readonly barostatTime?: string;
  readonly compressibility?: string;
  readonly constrain?: Constraint[];
}

/** Adds them to a command. */
export function addMdOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--steps <count>',
        'total number of steps, those before a --resume included; it has no default',
      ).argParser(parseNatural),
    )
    .option('--timestep <time>', 'length of a step, such as 2fs (default: 1 fs)')
    .addOption(
      new Option('--inner-steps <count>', 'parts of each step that follow --inner-calculator alone').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option(
        '--ensemble <name>',
        'constant energy, a thermostat, or a thermostat and a barostat (default: nve; langevin when forces are not conservative)',
      ).choices(ensembleNames),
    )
    .option('--temperature <T[:T]>', 'of the start and of the thermostat; 300K:600K is a ramp (default: 300 K)')
    .option('--pressure <P[:P]>', 'of a barostat, such as 1bar; 0:5GPa is a ramp (default: 0 GPa)')
    .addOption(new Option('--ramp-steps <count>', 'length of a ramp (default: all steps)').argParser(parseNatural))
    .option('--friction <rate>', 'friction of langevin, such as 10/ps (default: 0.01 /fs)')
    .option('--thermostat-time <time>', 'in which the other thermostats act (default: 100 fs)')
    .option('--barostat-time <time>', 'in which a barostat acts (default: 1000 fs)')
    .option('--compressibility <value>', 'rough one of the material, such as 4.6e-5/bar for water (default: 0.01 /GPa)')
    .addOption(
      new Option('--coupling <shape>', 'what of the cell a barostat moves (default: isotropic)').choices(couplings),
    )
    .addOption(new Option('--seed <number>', 'seed of the random numbers (default: 0)').argParser(parseNatural))
    .addOption(
      new Option('--velocities <choice>', 'those of the file or new ones (default: keep, if there are any)').choices([
        'keep',
        'draw',
      ]),
    )
    .option('--zero-rotation', 'take the rotation out of drawn velocities')
    .option('--equilibrate', 'before the first step: relax the positions, draw velocities, take drift and rotation out')
    .addOption(
      new Option('--center-of-mass <choice>', 'hold it at rest, not counted in the temperature, or not').choices([
        'fixed',
        'free',
      ]),
    )
    .addOption(new Option('--constrain <what>', constraintHelp).argParser(parseConstraints));
}

/** The options that the user gave, in the units of the library. */
export async function givenMdOptions(options: MdCommandOptions): Promise<Partial<MdOptions>> {
  const {
    steps,
    innerSteps,
    ensemble,
    coupling,
    rampSteps,
    seed,
    velocities,
    zeroRotation,
    equilibrate,
    centerOfMass,
  } = options;
  const temperature = await parseRamp(options.temperature, 'temperature', '--temperature');
  const pressure = await parseRamp(options.pressure, 'pressure', '--pressure');
  const given = {
    ...{ steps, innerSteps, ensemble, coupling, rampSteps, seed, velocities, zeroRotation, equilibrate, centerOfMass },
    constraints: options.constrain,
    temperatureK: temperature[0],
    temperatureEndK: temperature[1],
    pressureGPa: pressure[0],
    pressureEndGPa: pressure[1],
    timestepFs: await parseGiven(options.timestep, 'time', '--timestep'),
    frictionPerFs: await parseGiven(options.friction, 'rate', '--friction'),
    thermostatTimeFs: await parseGiven(options.thermostatTime, 'time', '--thermostat-time'),
    barostatTimeFs: await parseGiven(options.barostatTime, 'time', '--barostat-time'),
    compressibilityPerGPa: await parseGiven(options.compressibility, 'compressibility', '--compressibility'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const baths: readonly Ensemble[] = ['bussi', 'nose-hoover', 'berendsen', ...pressureEnsembles];
const usedBy: readonly [keyof MdOptions, option: string, by: readonly Ensemble[]][] = [
  ['temperatureEndK', 'a ramp of --temperature', ['langevin', ...baths]],
  ['frictionPerFs', '--friction', ['langevin']],
  ['thermostatTimeFs', '--thermostat-time', baths],
  ['barostatTimeFs', '--barostat-time', pressureEnsembles],
  ['compressibilityPerGPa', '--compressibility', ['npt-rescale', 'npt-berendsen']],
  ['coupling', '--coupling', pressureEnsembles],
];

/**
 * Refuses settings of a thermostat or barostat that the ensemble, which may depend on the calculator, would not look at.
 *
 * @throws {LammError} `usage`.
 */
export async function assertUsed(given: MdOptions, capabilities: CalculatorCapabilities): Promise<void> {
  const { LammError } = await import('../../errors.js');
  const { resolveMdOptions } = await import('../../../md/settings.js');
  const { ensemble } = resolveMdOptions(given, capabilities);
  for (const [key, option, by] of usedBy) {
    if (given[key] === undefined || by.includes(ensemble)) continue;
    const message = `${option} has no effect in the ensemble ${ensemble}; leave it out, or choose ${by.join(', ')}`;
    throw new LammError('usage', message, { quantity: option, expected: by.join(', '), actual: ensemble });
  }
}

async function parseGiven(text: string | undefined, kind: QuantityKind, option: string): Promise<number | undefined> {
  const { parseQuantity } = await import('../../settings/quantity.js');
  return text === undefined ? undefined : parseQuantity(text, kind, option);
}

// `A` or `A:B`
async function parseRamp(
  text: string | undefined,
  kind: QuantityKind,
  option: string,
): Promise<(number | undefined)[]> {
  if (text === undefined) return [];
  const { LammError } = await import('../../errors.js');
  const parts = text.split(':');
  if (parts.length > 2)
    throw new LammError('usage', `${option}: expected one value, or two as FROM:TO, found "${text}"`);
  return Promise.all(parts.map((part) => parseGiven(part, kind, option)));
}
