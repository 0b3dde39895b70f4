import { z } from 'zod';

const positive = z.number().positive();
const count = z.int().positive();

const fileObject = z.strictObject({
  file: z.string(),
  /** Short name for tables. */
  name: z.string().optional(),
  energyKey: z.string().optional(),
  forcesKey: z.string().optional(),
});
const fileSchema = z.preprocess((entry) => (typeof entry === 'string' ? { file: entry } : entry), fileObject);
const files = z.array(fileSchema).default([]);

/**
 * What is learned of a subset: energies and forces, energies of the relaxed structure alone, forces and stress alone,
 * or denoising.
 */
export const taskSchema = z.enum(['S2EF', 'S2EF-Total', 'IS2RE', 'IS2RE-Total', 'forces', 'denoise']);

/** Noise that loses its mean, which no model can know, or keeps it. */
const noiseSchema = z.enum(['centred', 'standard']);
export type NoiseKind = z.infer<typeof noiseSchema>;

/** What all files of a set, or of a subset of it, have in common. */
const common = {
  train: files,
  validation: files,
  test: files,
  /** Keys of the labels for every file that does not name its own. */
  energyKey: z.string().optional(),
  forcesKey: z.string().optional(),
  /** Energies of single atoms in eV, by symbol; the others are fitted. */
  referenceEnergies: z.record(z.string(), z.number()).default({}),
  /**
   * Whether a file that cannot be read, or a frame to test on with an element that no training frame holds, is an error
   * and not skipped.
   */
  strict: z.boolean().default(false),
  /**
   * A model, by name or file, that tells how energies are shared out among atoms, learned beside the labels, whose zero
   * of energy it must have.
   */
  teacher: z.string().optional(),
};

const subsetSchema = z.strictObject({
  name: z.string(),
  ...common,
  train: files.refine((list) => list.length > 0, 'expected at least one file'),
  task: taskSchema.default('S2EF-Total'),
  /** Output of the model that it trains; subsets of one level of theory may share theirs.  Its own when absent. */
  head: z.string().optional(),
  /** Factor on the losses of its samples. */
  weight: positive.default(1),
  /** Frames with more atoms, or other elements, are left out. */
  maximumAtoms: count.optional(),
  elements: z.array(z.string()).optional(),
  /** Share of the training frames that is set apart for validation, chosen by a hash of the frame. */
  validationShare: z.number().min(0).max(0.5).default(0),
  /** Standard deviation of the noise in A, and whether it loses its mean. */
  sigma: positive.default(0.04),
  noise: noiseSchema.default('centred'),
});

/** Largest distance from the reference fit, in eV/atom, that is not taken for a mistake. */
export const maximumResidualSchema = positive.default(5);

const dataObject = z.strictObject({
  ...common,
  /**
   * Folder of `lamm data prepare`: the samples are read from it instead of their files, which need not be named, or be
   * there, any more.
   */
  prepared: z.string().optional(),
  /** Several sets to train on together, instead of `train`, `validation` and `test`. */
  subsets: z.array(subsetSchema).default([]),
  /** Repeats the frames of small subsets; 1 does not. */
  temperature: z.number().min(1).default(1),
  maximumResidual: maximumResidualSchema,
  /**
   * Kind of the noise in validation and tests; the one that is learned when absent.  With it, trainings on other kinds
   * can be compared.
   */
  validationNoise: noiseSchema.optional(),
  /** Memory for neighbour lists that are kept between epochs, in MB. */
  graphMemory: positive.default(2000),
});

export const dataSchema = dataObject
  .refine(
    ({ train, subsets, prepared }) =>
      train.length > 0 !== subsets.length > 0 || (prepared !== undefined && train.length + subsets.length === 0),
    'expected either train or subsets, or prepared alone',
  )
  .refine(
    ({ subsets, validation, test, energyKey, forcesKey, referenceEnergies, teacher }) =>
      subsets.length === 0 ||
      (validation.length + test.length + Object.keys(referenceEnergies).length === 0 &&
        !energyKey &&
        !forcesKey &&
        !teacher),
    'with subsets, their files, keys, reference energies and teachers belong into each subset',
  )
  .refine(({ subsets }) => new Set(subsets.map(({ name }) => name)).size === subsets.length, {
    message: 'expected a different name for each subset',
  });

export type DataOptions = z.infer<typeof dataSchema>;
export type SubsetOptions = DataOptions['subsets'][number];
export type DataFileOptions = DataOptions['train'][number];

/** The subsets of a data set; where it names none, the one that it is. */
export function subsetsOf({ subsets, ...data }: DataOptions): readonly SubsetOptions[] {
  if (subsets.length > 0) return subsets;
  const { train, validation, test, energyKey, forcesKey, referenceEnergies, strict, teacher } = data;
  const common = { train, validation, test, energyKey, forcesKey, referenceEnergies, strict, teacher };
  return [subsetSchema.parse({ name: 'default', ...common })];
}
