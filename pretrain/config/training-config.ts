import { z } from 'zod';
import { deviceNames, engineNames } from '../../src/runtime/session.js';
import { withFormerKeys } from '../../src/settings/check-yaml.js';
import { strategies } from '../balance/balancer.js';
import { lengthSchema } from './training-length.js';

const positive = z.number().positive();
const natural = z.int().nonnegative();
const count = z.int().positive();
const fraction = z.number().min(0).max(1);

const balanceSchema = z.strictObject({
  strategy: z.enum(strategies).default('none'),
  /** What the load of a rank is counted in: atoms, edges or microseconds; atoms when absent. */
  cost: z
    .union([
      z.enum(['atoms', 'edges']),
      z.strictObject({
        perStructure: z.number().nonnegative().default(0),
        perAtom: positive,
        perEdge: z.number().nonnegative().default(0),
      }),
    ])
    .optional(),
  /** Parts of an epoch that are sorted one by one; by default parts of 43,000 samples. */
  subsets: count.optional(),
});

const trainingObject = z.strictObject({
  /** The most that a rank works on at once. */
  batch: z
    .strictObject({ atoms: count.optional(), edges: count.optional(), structures: count.optional() })
    .refine((batch) => Object.values(batch).some((limit) => limit !== undefined), {
      message: 'expected at least one limit: atoms, edges or structures',
    }),
  balance: balanceSchema.prefault({}),
  /** Batches of a rank for one update. */
  accumulate: count.default(1),
  learningRate: positive.default(1e-4),
  schedule: z.enum(['cosine', 'constant', 'plateau', 'cosine-plateau']).default('cosine'),
  /** Of the linear rise of the learning rate. */
  warmup: lengthSchema({ min: 0 }).prefault('1000 steps'),
  /** Fractions of the learning rate at the start of the warm-up and at the end of the cosine. */
  warmupFrom: fraction.default(0.2),
  decayTo: fraction.default(0.1),
  /** What warm-up and cosine take together; the whole training when absent. */
  cosine: lengthSchema().optional(),
  plateau: z.strictObject({ factor: positive.max(1).default(0.8), patience: natural.default(3) }).prefault({}),
  /** Factors on the learning rate of the parts of the model; the blocks' are stretched to the number of layers. */
  layerDecay: z
    .strictObject({
      embedding: fraction.default(0.3),
      blocks: z.array(fraction).min(1).default([0.55, 0.4, 0.3, 0.4, 0.55, 0.625]),
      heads: fraction.default(1),
    })
    .optional(),
  weightDecay: z.number().nonnegative().default(0),
  amsgrad: z.boolean().default(false),
  clipNorm: positive.default(10),
  emaDecay: fraction.default(0.999),
  energyWeight: z.number().nonnegative().default(1),
  forceWeight: z.number().nonnegative().default(100),
  /** 0 leaves stress labels unused. */
  stressWeight: z.number().nonnegative().default(0),
  /** Of what a teacher tells of the energies of atoms, where there is one. */
  atomEnergyWeight: z.number().nonnegative().default(1),
  energyReduction: z.enum(['total', 'per-atom']).default('total'),
  /** Whether force errors are averaged over each structure first, or over all atoms alike. */
  forceReduction: z.enum(['structure', 'atom']).default('structure'),
  /** Of the whole training; none measures and calibrates a model as it is, or the mean of several. */
  length: lengthSchema({ min: 0 }),
  /** Validations without improvement after which the training ends. */
  patience: count.optional(),
  seed: natural.default(0),
  /** In steps; once an epoch when absent. */
  validateEvery: count.optional(),
  checkpointEvery: count.optional(),
  logEvery: count.default(50),
  /** 0 leaves the choice to the engine. */
  threads: natural.default(0),
  /**
   * Threads that make the batches beside the engine; when absent, one if many graphs have to be made anew every epoch.
   */
  workers: natural.optional(),
  engine: z.enum(engineNames).default('onnx'),
  device: z.enum(deviceNames).default('cpu'),
});

type TrainingSection = z.infer<typeof trainingObject>;

/** How lengths were written before they were one setting in either unit. */
const formerLengths = {
  epochs: 'length: 40 epochs',
  steps: 'length: 500 steps',
  warmupEpochs: 'warmup: 1 epoch',
  warmupSteps: 'warmup: 500 steps',
  cosineEpochs: 'cosine: 40 epochs',
  cosineSteps: 'cosine: 500 steps',
};

/** How a model is trained. */
export const trainingSchema = withFormerKeys(
  trainingObject.superRefine((training, context) => {
    for (const [path, message] of contradictions(training)) context.addIssue({ code: 'custom', path, message });
  }),
  formerLengths,
);

/** Settings of a training that do not go together: where, and what was expected. */
function contradictions(training: TrainingSection): [path: string[], message: string][] {
  const { batch, balance, schedule, cosine } = training;
  const limits = Object.values(batch).filter((limit) => limit !== undefined).length;
  const countsSizes = batch.atoms !== undefined || batch.edges !== undefined;
  const found: [boolean, string[], string][] = [
    [
      (balance.strategy === 'greedy' || balance.strategy === 'lamm') && countsSizes,
      ['batch'],
      `expected structures alone, as the strategy ${balance.strategy} counts them`,
    ],
    [balance.strategy === 'budget' && limits > 1, ['batch'], 'expected one limit, as the strategy budget has one'],
    [
      balance.strategy === 'budget' && countsSizes && balance.cost !== undefined,
      ['balance', 'cost'],
      'expected no cost, as training.batch says what is counted',
    ],
    [
      schedule === 'cosine-plateau' && cosine === undefined,
      ['cosine'],
      'expected a number of steps or epochs with the schedule cosine-plateau',
    ],
  ];
  return found.filter(([wrong]) => wrong).map(([, path, message]) => [path, message]);
}
