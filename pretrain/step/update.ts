import { LammError } from '../../src/errors.js';
import type { Communicator } from '../../src/parallel/communicator.js';
import { sumRecords } from '../../src/parallel/sum-records.js';
import type { Batch } from '../batch/batch.js';
import type { TrainingOptions } from '../config/pretrain-config.js';
import { type LossTerm, perTerm } from '../dataset/labels/terms.js';
import { updateAverage } from './average.js';
import { clipGlobalNorm } from './clip.js';
import { countLabels, type LabelCount, type LabelCounts } from './loss.js';
import { adamWStep, type ParameterGroup } from './optimizer.js';
import type { StepLosses, TrainStep } from './train-step.js';
import { addLosses, noLosses, type StepFigures, type TrainingState } from './training-state.js';

export interface UpdateSetup {
  readonly options: Pick<TrainingOptions, 'clipNorm' | 'weightDecay' | 'emaDecay'>;
  readonly trainStep: Pick<TrainStep, 'run'>;
  /** All parameters. */
  readonly groups: readonly ParameterGroup[];
  /** Its parameters, average and optimiser are changed. */
  readonly state: TrainingState;
  readonly communicator: Communicator;
}

export interface UpdateRequest {
  readonly nextBatch: () => Promise<Batch>;
  /** Number of batches of this rank. */
  readonly batchCount: number;
  readonly learningRate: number;
}

/** Does one update of the parameters and tells what it gave. */
export type Update = (request: UpdateRequest) => Promise<StepFigures>;

const betas = [0.9, 0.999] as const;
const epsilon = 1e-8;

/**
 * Returns the function that does one update: gradients of all batches of all ranks, as if they were one batch, then
 * clip, AdamW and average. Every rank ends with the same bits.
 *
 * It throws {LammError} `non-finite`, on all ranks, when a loss or gradient is not a number.
 */
export function createUpdate({ options, trainStep, groups, state, communicator }: UpdateSetup): Update {
  const { parameters, average, optimizer } = state;
  const gradients = new Float32Array(parameters.length);
  let part: Float32Array | undefined;

  /** Fills `gradients` with those of the batches of this rank; returns their losses. */
  async function addGradients(batches: readonly Batch[], counts: LabelCounts): Promise<StepLosses> {
    let sums: StepLosses = noLosses;
    const [first, ...others] = batches.filter(({ graph }) => graph.structureCount > 0);
    const add = async (batch: Batch, target: Float32Array) => {
      const losses = await trainStep.run(batch, parameters, { gradients: target, counts });
      sums = addLosses(sums, losses);
    };
    if (first === undefined) gradients.fill(0);
    else await add(first, gradients);
    for (const batch of others) {
      part ??= new Float32Array(parameters.length);
      await add(batch, part);
      for (let index = 0; index < part.length; index++) gradients[index] += part[index];
    }
    return sums;
  }

  return async ({ nextBatch, batchCount, learningRate }) => {
    const watch = createStopwatch();
    const batches: Batch[] = [];
    while (batches.length < batchCount) batches.push(await nextBatch());
    const graphsSeconds = watch.lap();
    const counts = await sumLabels(batches, communicator);
    const countSeconds = watch.lap();
    const losses = await addGradients(batches, counts);
    const gradientSeconds = watch.lap();
    await communicator.sum(gradients);
    const communicationSeconds = countSeconds + watch.lap();
    const seconds = { graphsSeconds, computeSeconds: gradientSeconds, communicationSeconds };
    const figures = await sumFigures({ losses, seconds }, batches, communicator);

    const gradientNorm = clipGlobalNorm(gradients, options.clipNorm);
    const step = optimizer.stepCount + 1;
    assertFinite(figures.loss, 'loss', step);
    assertFinite(gradientNorm, 'gradient', step);
    const { weightDecay, emaDecay } = options;
    adamWStep(optimizer, { parameters, gradients }, { learningRate, weightDecay, betas, epsilon, groups });
    updateAverage(average, parameters, { decay: emaDecay, stepCount: step });
    const computeSeconds = figures.computeSeconds + watch.lap();
    return { ...figures, computeSeconds, gradientNorm, seconds: watch.total() };
  };
}

function sumLabels(batches: readonly Batch[], communicator: Communicator): Promise<LabelCounts> {
  const counts = batches.map(countLabels);
  const total = (term: LossTerm, name: keyof LabelCount) => counts.reduce((sum, count) => sum + count[term][name], 0);
  return sumRecords(
    communicator,
    perTerm((term) => ({ structures: total(term, 'structures'), rows: total(term, 'rows') })),
  );
}

interface RankFigures {
  readonly losses: StepLosses;
  readonly seconds: Pick<StepFigures, 'graphsSeconds' | 'computeSeconds' | 'communicationSeconds'>;
}

/** Losses and sizes are sums over the ranks, seconds are means. */
async function sumFigures(
  { losses, seconds }: RankFigures,
  batches: readonly Batch[],
  communicator: Communicator,
): Promise<Omit<StepFigures, 'gradientNorm' | 'seconds'>> {
  const { rank, size } = communicator;
  const total = (sizeOf: (graph: Batch['graph']) => number) =>
    batches.reduce((sum, { graph }) => sum + sizeOf(graph), 0);
  const peak = Math.max(...batches.map(({ graph }) => graph.atomCount));
  const sums = await sumRecords(communicator, {
    losses,
    sizes: { structures: total(({ structureCount }) => structureCount), atoms: total(({ atomCount }) => atomCount) },
    seconds,
    peaks: Object.fromEntries(Array.from({ length: size }, (_, index) => [`rank ${index}`, index === rank ? peak : 0])),
  });
  const mean = (name: keyof RankFigures['seconds']) => sums.seconds[name] / size;
  return {
    ...sums.losses,
    ...sums.sizes,
    graphsSeconds: mean('graphsSeconds'),
    computeSeconds: mean('computeSeconds'),
    communicationSeconds: mean('communicationSeconds'),
    peakAtoms: Math.max(...Object.values(sums.peaks)),
  };
}

/** @throws {LammError} `non-finite`. */
export function assertFinite(value: number, quantity: string, step: number): void {
  if (Number.isFinite(value)) return;
  throw new LammError(
    'non-finite',
    `expected a finite ${quantity}, found ${value} at step ${step}; lower training.learningRate or training.clipNorm, then \`resume\``,
    { quantity, step },
  );
}

interface Stopwatch {
  /** Seconds since the last lap. */
  lap(): number;
  total(): number;
}

function createStopwatch(): Stopwatch {
  const start = performance.now();
  let last = start;
  return {
    lap() {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
    total: () => (performance.now() - start) / 1000,
  };
}
