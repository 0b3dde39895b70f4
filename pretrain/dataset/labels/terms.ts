import type { Sample } from '../sample/sample.js';
import { type Normalizer, normalizedEnergy } from './normalizer.js';

/**
 * What a model is trained on: energies of structures, forces on atoms, stress of periodic structures, and how a teacher
 * shares out the energy among the atoms.
 */
export const lossTerms = ['energy', 'forces', 'stress', 'atomEnergies'] as const;

export type LossTerm = (typeof lossTerms)[number];

/** Those by whose errors a model is judged: what a teacher says is no measure of it. */
export const judgedTerms = ['energy', 'forces', 'stress'] as const satisfies readonly LossTerm[];

export type JudgedTerm = (typeof judgedTerms)[number];

/** Something for each term. */
export type PerTerm<Value> = Readonly<Record<LossTerm, Value>>;

/** A value for each term, made by name. */
export function perTerm<Value>(make: (term: LossTerm) => Value): PerTerm<Value> {
  return {
    energy: make('energy'),
    forces: make('forces'),
    stress: make('stress'),
    atomEnergies: make('atomEnergies'),
  };
}

/** Names of the losses of the terms in metrics. */
export const lossKeys = {
  energy: 'energyLoss',
  forces: 'forceLoss',
  stress: 'stressLoss',
  atomEnergies: 'atomEnergyLoss',
} as const;

/** One kind of label: rows of components, one row a structure or an atom. */
export interface TermLabels {
  readonly rowsPer: 'structure' | 'atom';
  /**
   * Weight of each component in the squared length of an error.  Off-diagonal components of a stress stand for two
   * elements of the tensor, so that its length is the same in any frame of reference.
   */
  readonly componentWeights: readonly number[];
  /** Physical value of one unit of the normalised label, of the head that it belongs to. */
  scale(normalizer: Normalizer): number;
  /** Normalised label of a sample, [rows x components]; nothing without one. */
  read(sample: Sample, normalizer: Normalizer): ArrayLike<number> | undefined;
}

/** The labels of each term: what is read, in which rows, and in which unit. */
export const termLabels: PerTerm<TermLabels> = {
  energy: {
    rowsPer: 'structure',
    componentWeights: [1],
    scale: ({ energyScale }) => energyScale,
    read: ({ structure, energy }, normalizer) =>
      energy === undefined ? undefined : [normalizedEnergy(normalizer, structure, energy)],
  },
  forces: {
    rowsPer: 'atom',
    componentWeights: [1, 1, 1],
    scale: ({ forceScale }) => forceScale,
    read: ({ forces }, { forceScale }) => forces?.map((force) => force / forceScale),
  },
  stress: {
    rowsPer: 'structure',
    componentWeights: [1, 1, 1, 2, 2, 2],
    scale: ({ stressScale }) => stressScale,
    read: ({ stress }, { stressScale }) => stress?.map((component) => component / stressScale),
  },
  atomEnergies: {
    rowsPer: 'atom',
    componentWeights: [1],
    scale: ({ energyScale }) => energyScale,
    read: ({ structure: { numbers }, atomEnergies }, { references, energyScale }) =>
      atomEnergies?.map((energy, atom) => (energy - (references.get(numbers[atom]) ?? Number.NaN)) / energyScale),
  },
};

/** Whether a row of a term is a label of the sample: a force may be masked. */
export function isLabelled(term: LossTerm, { forceMask }: Sample, row: number): boolean {
  return term !== 'forces' || forceMask?.[row] !== 0;
}
