import { symmetricRows } from '../linalg/voigt.js';
import type { AtomProperty, InfoValue, Structure } from '../structure/structure.js';

/**
 * Under which names results stand in files: `lamm_energy`, `lamm_forces` and `lamm_stress` beside the labels that a
 * structure came with, or `energy`, `forces` and `stress`, as ASE and the programs that follow it take them; labels it
 * came with are `REF_energy` and so on then, or `input_energy` where it has another `REF_energy`.
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

/**
 * Names under which programs keep energies, forces, stresses and virials: `REF_energy`, `free_energy`, `dft_forces`.
 */
const ofGeometry =
  /(?:^|[_-])(?:energ(?:y|ies)|forces?|stress(?:es)?|virials?)(?:_(?:per_atom|above_hull|key|kind))?$/i;

/** What says how a calculation went, or where a simulation was. */
const ofRun: ReadonlySet<string> = new Set([
  ...['unconverged', 'truncated', 'dipole'],
  ...['step', 'time_fs', 'temperature_K', 'pressure_GPa', 'volume_A3'],
]);

/** Whether a name stands beside labels and frames wherever they were read or written here. */
export function isUsualName(name: string): boolean {
  return name.startsWith('lamm_') || name === 'free_energy' || (ofRun.has(name) && name !== 'dipole');
}

/** Keys and columns that belong to the positions of a structure as they are, beside its labels. */
export function resultNamesOf({ info, arrays }: Structure): string[] {
  return [...Object.keys(info), ...Object.keys(arrays)].filter((name) => ofGeometry.test(name) || ofRun.has(name));
}

/** The structure without labels and other results: what is left when its atoms move. */
export function withoutResults(structure: Structure): Structure {
  const names = new Set(resultNamesOf(structure));
  const others = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
  return { ...structure, labels: {}, info: others(structure.info), arrays: others(structure.arrays) };
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
  const own: Record<string, InfoValue> = {
    ...(labels.energy !== undefined && { energy: labels.energy }),
    ...(labels.stress && { stress: symmetricRows(labels.stress) }),
  };
  return {
    ...structure,
    labels: { energy, forces, ...(stress && { stress }) },
    info: { ...setAside(info, own), ...ofHead },
    arrays: setAside<AtomProperty>(arrays, labels.forces && { forces: { width: 3, values: labels.forces } }),
  };
}

/** What ASE would take for a result of the same calculation as energy, forces and stress. */
const namesOfAse: ReadonlySet<string> = new Set(['free_energy', 'energies', 'stresses']);

/**
 * Values with `labels` and all that ASE would mistake under names with `REF_` in front, or `input_` where a file has
 * such a name for something else.
 */
function setAside<Value>(
  values: Readonly<Record<string, Value>>,
  labels: Readonly<Record<string, Value>> = {},
): Record<string, Value> {
  const kept = Object.entries(values).filter(([name]) => !namesOfAse.has(name));
  const aside = Object.entries(values).filter(([name]) => namesOfAse.has(name));
  const taken = new Set(kept.map(([name]) => name));
  const renamed = [...Object.entries(labels), ...aside].map(
    ([name, value]) => [`${taken.has(`REF_${name}`) ? 'input' : 'REF'}_${name}`, value] as const,
  );
  return Object.fromEntries([...kept, ...renamed]);
}

/** What a file may hold of an earlier calculation. */
const oldResults = /^lamm_(energy|forces|stress|head|energy_error|forces_error|unlike)$/;

function withoutOld<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !oldResults.test(key)));
}
