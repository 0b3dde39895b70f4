import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ResultKeys, resultKeyChoices } from '../../io/result-keys.js';
import { type InputOptions, occupancyOption, unconvergedOption } from './input-options.js';
import {
  addCalculatorOptions,
  addOutputOptions,
  type CalculatorOptions,
  type OutputOptions,
} from './shared-options.js';

/** Options of every command that calculates structures and writes what came of them. */
export interface CalculationOptions
  extends CalculatorOptions,
    OutputOptions,
    Pick<InputOptions, 'occupancy' | 'keepUnconverged'> {
  readonly resultKeys?: ResultKeys;
}

/** Adds them; `out` says what `--out` is. */
export function addCalculationOptions(command: Command, out: string): Command {
  return addOutputOptions(
    addCalculatorOptions(command.addOption(occupancyOption).addOption(unconvergedOption)),
    out,
  ).addOption(resultKeysOption);
}

/** `--result-keys` of the commands that write results. */
const resultKeysOption = new Option(
  '--result-keys <name>',
  'results in files: lamm_energy ... beside labels, or as ASE has them: energy, forces, stress (default: lamm)',
).choices(resultKeyChoices);

/** `--frame` of the commands that begin with one structure. */
export const frameOption = new Option(
  '--frame <number>',
  'frame of the file, counted from 1; -1 is the last',
).argParser(parseFrameNumber);

function parseFrameNumber(text: string): number {
  if (/^-?[1-9]\d{0,8}$/.test(text.trim())) return Number(text);
  throw new InvalidArgumentError('expected the number of a frame, 1 for the first or -1 for the last');
}

/** The argument of the commands that take many structures. */
export const filesArgument = [
  '<files...>',
  'structures in any known format, FILE@2 the second of a file, or folders of such files; - for the standard input',
] as const;
