import { readFile } from 'node:fs/promises';
import { registerMd } from '../../src/cli/simulate/command-md.js';
import { writeStructures } from '../../src/io/write-structures.js';
import { rattledCopper } from './copper.js';
import { type InFolder, useFolder } from './folder.js';
import { type CommandOutcome, runCommand } from './run-command.js';

/** Titles of the pictures in a report of a simulation with all analyses; the first four need the log alone. */
export const reportTitles = [
  'Temperature',
  'Energy, from its start',
  'Drift of the conserved energy',
  'Pressure',
  'Radial distribution',
  'Mean squared displacement',
  'Velocity autocorrelation',
  'Vibrational spectrum',
];

/** Simulations of 4 n^3 copper atoms in one folder. */
export interface CopperMd {
  readonly inFolder: InFolder;
  /** Arguments of a simulation of cu.extxyz with EMT into files called `name`. */
  argsOf(name: string, ...args: string[]): string[];
  run(name: string, ...args: string[]): Promise<CommandOutcome>;
  /** The files of a simulation that end so. */
  filesOf(name: string, endings?: readonly string[]): Promise<string[]>;
}

/** Gives each test, or all tests of a block, a folder with copper to simulate. */
export function useCopperMd(per: 'test' | 'block', n = 1): CopperMd {
  const inFolder = useFolder(per, () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(n)]));
  const argsOf = (name: string, ...args: string[]) => [
    ...['md', inFolder('cu.extxyz'), '-c', 'emt', '--trajectory', inFolder(`${name}.extxyz`)],
    ...args,
  ];
  return {
    inFolder,
    argsOf,
    run: (name, ...args) => runCommand(registerMd, argsOf(name, ...args)),
    filesOf: (name, endings = ['.extxyz', '.csv', '.checkpoint']) =>
      Promise.all(endings.map((ending) => readFile(inFolder(name + ending), 'latin1'))), // every byte is a character
  };
}
