import { openCalculator } from '../../../calculators/open-calculator.js';
import { countOf } from '../../count-of.js';
import { formatIpiAddress, parseIpiAddress } from '../../ipi/address.js';
import { type ServeSummary, serveForces } from '../../ipi/client.js';
import { checkSettings } from '../../settings/check-settings.js';
import { formulaOf } from '../../structure/structure.js';
import { calculatorEvents, type TaskContext } from '../context.js';
import { loadOneInput } from '../structures/load-structure.js';
import { type ServeTaskSettings, serveTask } from './schema.js';

export interface ServeContext extends TaskContext {
  /** Leaves at once, also in the midst of a message. */
  readonly signal?: AbortSignal;
  /** The structure is read and the calculator open: from now on `signal` ends it. */
  readonly onReady?: () => void;
}

export interface ServeOutcome extends ServeSummary {
  readonly calculator: string;
}

/**
 * Gives energies and forces to another program over the i-PI protocol until that has enough.
 *
 * @throws {LammError} for settings that do not fit, and what `serveForces` throws.
 */
export async function runServeTask(
  file: string,
  given: ServeTaskSettings,
  context: ServeContext = {},
): Promise<ServeOutcome> {
  const { tell, signal, onReady } = context;
  const { ipi, frame, occupancy, connectTimeoutS, ...settings } = checkSettings(serveTask, given);
  const address = parseIpiAddress(ipi);
  const structure = await loadOneInput(file, { frame, occupancy, tell });
  await using calculator = openCalculator(settings, calculatorEvents(context));
  onReady?.();
  const isPeriodic = structure.pbc.includes(true);
  if (isPeriodic && !calculator.capabilities.stress)
    tell?.(`${calculator.name} has no stress: the virial is sent as zero, so keep the cell fixed`);
  const count = countOf(structure.numbers.length, 'atom');
  const atoms = `${formulaOf(structure)} (${count}, ${isPeriodic ? '' : 'not '}periodic)`;
  tell?.(`${calculator.name} for ${atoms}: connecting to ${formatIpiAddress(address)}`);
  const summary = await serveForces(structure, (system) => calculator.calculate(system), {
    address,
    connectTimeoutS,
    signal,
    onConnect: () => tell?.('connected'),
  });
  return { ...summary, calculator: calculator.name };
}
