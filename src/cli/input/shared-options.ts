import { type Command, InvalidArgumentError } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import { type CalculatorSettings, calculatorSettings } from '../../../calculators/calculator-settings.js';
import { parseCalculatorSpec } from '../../../calculators/calculator-spec.js';
import { openCalculator as open } from '../../../calculators/open-calculator.js';
import { LammError } from '../../errors.js';
import { remark } from '../output/output.js';
import { configOption } from './config-file.js';
import { engineEvents } from './engine-events.js';
import { addJsonOption } from './json-option.js';
import { addSettings } from './setting-options.js';

/** Options of every command that calculates. */
export type CalculatorOptions = CalculatorSettings & Required<Pick<CalculatorSettings, 'calculator'>>;

/** Adds `--calculator`, `--model`, `--head`, `--threads`, `--engine` and `--device`. */
export function addCalculatorOptions(command: Command): Command {
  addSettings(command, calculatorSettings);
  return command.setOptionValueWithSource('calculator', parseCalculatorSpec('lamm-s'), 'default');
}

/** The argument of the commands that take many structures. */
export const filesArgument = [
  '<files...>',
  'structures in any known format, FILE@2 the second of a file, or folders of such files; - for the standard input',
] as const;

/** Adds what every task has on the command line alone: `--json` and `--config`. */
export function addTaskOptions(command: Command): Command {
  return addJsonOption(command).addOption(configOption);
}

/** Value of an option that may be zero: a whole number of at least 0. */
export function parseNatural(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('expected a whole number of at least 0');
}

/** The value of an option that a command needs, whether it came from the command line or from `--config`. */
export function requireOption<Value>(value: Value | undefined, option: string, example: string): Value {
  if (value === undefined) {
    const message = `expected the option ${option}, such as ${option} ${example}; it has no default`;
    throw new LammError('usage', message, { quantity: option });
  }
  return value;
}

/** Creates the calculator that the options name: a model of the user's, or one that comes with the program. */
export function openCalculator(options: CalculatorOptions): Calculator {
  const { calculator, model, head, threads, engine, device } = options;
  return open({ calculator, model, head, threads, engine, device }, { onNotice: remark, ...engineEvents() });
}
