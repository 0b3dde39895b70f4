import { type Command, Option } from 'commander';
import { readReferenceEnergies } from '../../io/lmdb/reference-energies.js';
import type { ReadOptions } from '../../io/read-structures.js';

/** Options of the commands that read sets of structures: what to take of a file that leaves a choice. */
export interface InputOptions extends Pick<ReadOptions, 'occupancy' | 'positions' | 'keepUnconverged'> {
  readonly referenceEnergies?: string;
  readonly strict?: boolean;
}

/** `--strict` of every command that reads many files. */
export const strictOption = new Option(
  '--strict',
  'refuse everything when one of several files cannot be read, instead of skipping it',
);

/** `--occupancy` of every command that reads crystals. */
const occupancyOption = new Option(
  '--occupancy <choice>',
  'partly occupied sites of a CIF: refused, or the most occupied is taken (default: error)',
).choices(['error', 'majority'] satisfies Required<InputOptions>['occupancy'][]);

/** `--keep-unconverged` of every command that reads the outputs of runs. */
export const unconvergedOption = new Option(
  '--keep-unconverged',
  'keep the steps of VASP, Quantum ESPRESSO and CP2K whose electrons did not converge; they are marked as unconverged',
);

/** Adds `--occupancy`, `--keep-unconverged`, `--positions` and `--reference-energies`. */
export function addInputOptions(command: Command): Command {
  return command
    .addOption(occupancyOption)
    .addOption(unconvergedOption)
    .addOption(strictOption)
    .addOption(
      new Option(
        '--positions <choice>',
        'positions of the IS2RE data of fairchem, whose energy is that of the relaxed structure',
      ).choices(['initial', 'relaxed'] satisfies Required<InputOptions>['positions'][]),
    )
    .option(
      '--reference-energies <file>',
      'oc20_ref.pkl, which makes total energies of the adsorption energies of OC20',
    );
}

/** What the readers need of the options. */
export function toReadOptions(options: InputOptions): ReadOptions {
  const { occupancy, keepUnconverged, positions, referenceEnergies } = options;
  return {
    ...(occupancy && { occupancy }),
    ...(keepUnconverged && { keepUnconverged }),
    ...(positions && { positions }),
    ...(referenceEnergies !== undefined && { referenceEnergies: readReferenceEnergies(referenceEnergies) }),
  };
}
