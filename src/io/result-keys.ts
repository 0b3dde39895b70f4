import { symmetricRows } from '../linalg/voigt.js';
import type { Structure } from '../structure/structure.js';

/**
 * Under which names results stand in files: `lamm_energy`, `lamm_forces` and `lamm_stress` beside the labels that a
 * structure came with, or `energy`, `forces` and `stress`, as ASE and the programs that follow it take them; labels it
 * came with are `REF_energy` and so on then.
 */
export const resultKeyChoices = ['lamm', 'ase'] as const;
export type ResultKeys = (typeof resultKeyChoices)[number];

/** What a calculation said of a structure. */
export interface FrameResults {
  /** In eV. */
  readonly energy: number;
  /** In eV/A, [N x 3]. */
  readonly forces: Float64Array;
  /** In eV/A^3, [6]: xx yy zz yz xz xy. */
  readonly stress?: Float64Array;
  /** Level of theory, which is `lamm_head` in any case. */
  readonly head?: string;
}

/** The structure with results in the place of any that it had. */
export function withResults(structure: Structure, results: FrameResults, keys: ResultKeys = 'lamm'): Structure {
  const info = withoutOld(structure.info);
  const arrays = withoutOld(structure.arrays);
  const { energy, forces, stress, head } = results;
  const ofHead: Record<string, string> = head === undefined ? {} : { lamm_head: head };
  if (keys === 'lamm') {
    return {
      ...structure,
      info: { ...info, lamm_energy: energy, ...(stress && { lamm_stress: symmetricRows(stress) }), ...ofHead },
      arrays: { ...arrays, lamm_forces: { width: 3, values: forces } },
    };
  }
  const { labels } = structure;
  return {
    ...structure,
    labels: { energy, forces, ...(stress && { stress }) },
    info: {
      ...info,
      ...(labels.energy !== undefined && { REF_energy: labels.energy }),
      ...(labels.stress && { REF_stress: symmetricRows(labels.stress) }),
      ...ofHead,
    },
    arrays: { ...arrays, ...(labels.forces && { REF_forces: { width: 3, values: labels.forces } }) },
  };
}

/** What a file may hold of an earlier calculation. */
const oldResults = /^lamm_(energy|forces|stress|head|energy_error|forces_error|unlike)$/;

function withoutOld<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !oldResults.test(key)));
}
