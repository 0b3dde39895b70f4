import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { Calculator } from '../../../calculators/calculator.js';
import { countOf } from '../../count-of.js';
import { formatIpiAddress, type IpiAddress, parseIpiAddress } from '../../ipi/address.js';
import { type ServeSummary, serveForces } from '../../ipi/client.js';
import { formulaOf, type Structure } from '../../structure/structure.js';
import { loadOneInput } from '../../tasks/structures/load-structure.js';
import { frameSetting, inputSettings } from '../../tasks/structures/settings.js';
import { configOption } from '../input/config-file.js';
import { addSettings } from '../input/setting-options.js';
import {
  addCalculatorOptions,
  type CalculatorOptions,
  openCalculator,
  parseCount,
  requireOption,
} from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

/** Which structure is served. */
const structureSettings = z.strictObject({ frame: frameSetting, occupancy: inputSettings.shape.occupancy });

interface Options extends CalculatorOptions, Readonly<Partial<z.input<typeof structureSettings>>> {
  readonly ipi?: string;
  readonly connectTimeout: number;
  readonly json?: boolean;
}

/** `lamm serve`: energies and forces for i-PI, ASE or LAMMPS, over the i-PI protocol. */
export function registerServe(command: Command): void {
  command
    .argument('<structure>', 'the atoms, in the order of the other program; - for the standard input')
    .option('--ipi <address>', 'where the other program listens: unix:NAME (/tmp/ipi_NAME), /full/path or HOST:PORT');
  addCalculatorOptions(addSettings(command, structureSettings))
    .addOption(
      new Option('--connect-timeout <seconds>', 'how long to wait for the other program')
        .argParser(parseCount)
        .default(60),
    )
    .option('--json', 'print one JSON object on stdout')
    .addOption(configOption)
    .action(serve);
}

async function serve(file: string, options: Options): Promise<void> {
  const address = parseIpiAddress(requireOption(options.ipi, '--ipi', 'unix:lamm'));
  const structure = await loadOneInput(file, { ...options, tell: remark });
  await using calculator = openCalculator(options);
  const summary = await serveUntilStopped(structure, calculator, { address, connectTimeoutS: options.connectTimeout });
  report(summary, calculator, options.json);
}

async function serveUntilStopped(
  structure: Structure,
  calculator: Calculator,
  connection: { address: IpiAddress; connectTimeoutS: number },
): Promise<ServeSummary> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, abort);
  const atoms = `${formulaOf(structure)} (${countOf(structure.numbers.length, 'atom')}, ${structure.pbc.includes(true) ? '' : 'not '}periodic)`;
  if (structure.pbc.includes(true) && !calculator.capabilities.stress)
    remark(`${calculator.name} has no stress: the virial is sent as zero, so keep the cell fixed`);
  remark(`${calculator.name} for ${atoms}: connecting to ${formatIpiAddress(connection.address)}`);
  try {
    return await serveForces(structure, (system) => calculator.calculate(system), {
      ...connection,
      signal: stop.signal,
      onConnect: () => remark('connected'),
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort);
  }
}

const ends = {
  exit: 'the other program said EXIT',
  closed: 'the other program closed the connection',
  interrupted: 'interrupted',
} as const satisfies Record<ServeSummary['end'], string>;

function report(summary: ServeSummary, calculator: Calculator, json?: boolean): void {
  const { evaluations, seconds, end } = summary;
  const each = evaluations === 0 ? '' : `, ${((1000 * seconds) / evaluations).toFixed(2)} ms each`;
  if (json) printJson({ ...summary, calculator: calculator.name });
  else print(`${evaluations} evaluations with ${calculator.name}${each}; ${ends[end]}`);
  if (end === 'interrupted') process.exitCode = exitCode.interrupted;
}
