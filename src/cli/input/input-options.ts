import { type Command, Option } from 'commander';
import type { ReadOptions } from '../../io/read-structures.js';

/** Options of the commands that read sets of structures: what to take of a file that leaves a choice. */
export interface InputOptions extends Pick<ReadOptions, 'occupancy' | 'positions'> {
  readonly referenceEnergies?: string;
}

/** `--occupancy` of every command that reads crystals. */
export const occupancyOption = new Option(
  '--occupancy <choice>',
  'partly occupied sites of a CIF: refused, or the most occupied is taken (default: error)',
).choices(['error', 'majority'] satisfies Required<InputOptions>['occupancy'][]);

/** Adds `--occupancy`, `--positions` and `--reference-energies`. */
export function addInputOptions(command: Command): Command {
  return command
    .addOption(occupancyOption)
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
export async function toReadOptions({ occupancy, positions, referenceEnergies }: InputOptions): Promise<ReadOptions> {
  const { readReferenceEnergies } = await import('../../io/lmdb/reference-energies.js');
  return {
    ...(occupancy && { occupancy }),
    ...(positions && { positions }),
    ...(referenceEnergies !== undefined && { referenceEnergies: readReferenceEnergies(referenceEnergies) }),
  };
}
