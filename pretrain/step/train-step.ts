import { LammError } from '../../src/errors.js';
import { graphFeeds } from '../../src/models/graph-feeds.js';
import { layoutFor, type ModelConfig } from '../../src/models/kinds.js';
import { inputWeights, type ParameterLayout, type ParameterSegment } from '../../src/models/parameters.js';
import { openSession } from '../../src/runtime/open-session.js';
import type { RuntimeOptions, Session, TensorData } from '../../src/runtime/session.js';
import { gradients } from '../../src/tensor/derivatives.js';
import { type TensorNode, topologicalOrder } from '../../src/tensor/node.js';
import type { Batch } from '../batch/batch.js';
import { type PerTerm, perTerm, termLabels } from '../dataset/labels/terms.js';
import {
  feedNames,
  type LabelCounts,
  type LossOptions,
  lossGraph,
  predictionGraph,
  rowWeights,
  stressFactors,
  termsOf,
} from './loss.js';

/** The loss and its terms, 0 for a term that is left out. */
export interface StepLosses {
  readonly loss: number;
  readonly terms: PerTerm<number>;
}

/** Normalised predictions for a batch: energies [G], forces [N x 3], stress [G x 6] where it is asked for. */
export interface BatchPredictions {
  readonly energy: Float64Array;
  readonly forces: Float32Array;
  readonly stress?: Float32Array;
}

export interface GradientTarget {
  /** [layout.size]. */
  readonly gradients: Float32Array;
  /** Labels of everything that the update is made of; those of the batch when absent. */
  readonly counts?: LabelCounts;
}

/** The compiled loss of a model: losses, gradients and predictions for batches, the parameters being fed. */
export interface TrainStep extends AsyncDisposable {
  readonly layout: ParameterLayout;
  /** What the user should know about where it runs. */
  readonly notices: readonly string[];
  /** Computes the losses of a batch and fills `gradients`. */
  run(batch: Batch, parameters: Float32Array, target: GradientTarget): Promise<StepLosses>;
  evaluate(batch: Batch, parameters: Float32Array): Promise<BatchPredictions>;
}

/** Compiles the training graph of a model: loss, its terms and the gradient of every parameter that it uses. */
export async function createTrainStep(
  config: ModelConfig,
  options: LossOptions,
  runtime: RuntimeOptions,
): Promise<TrainStep> {
  const layout = layoutFor(config);
  const training = await compileTraining(config, { layout, options, runtime });
  let prediction: Awaited<ReturnType<typeof compilePrediction>> | undefined;

  async function run(batch: Batch, parameters: Float32Array, target: GradientTarget): Promise<StepLosses> {
    const { session, segments } = training;
    target.gradients.fill(0);
    const feeds = {
      ...inputFeeds(config, batch, options),
      ...labelFeeds(batch, options, rowWeights(batch, options, target.counts)),
      ...views(segments, parameters, ({ name }) => name),
    };
    const results = await session.run(feeds, views(segments, target.gradients, gradientName));
    const terms = perTerm((term) => (results[term] === undefined ? 0 : scalar(results[term])));
    return { loss: scalar(results.loss), terms };
  }

  async function evaluate(batch: Batch, parameters: Float32Array): Promise<BatchPredictions> {
    prediction ??= await compilePrediction(config, { layout, options, runtime });
    const { session, segments } = prediction;
    const results = await session.run({
      ...inputFeeds(config, batch, options),
      ...views(segments, parameters, ({ name }) => name),
    });
    const { structureCount, structureOf } = batch.graph;
    const energy = new Float64Array(structureCount);
    results.atomEnergies.data.forEach((ofAtom: number, atom: number) => {
      energy[structureOf[atom]] += ofAtom;
    });
    const { stress } = results;
    return { energy, forces: singles(results.forces), ...(stress && { stress: singles(stress) }) };
  }

  return {
    layout,
    notices: training.session.notices,
    run,
    evaluate,
    async [Symbol.asyncDispose]() {
      await training.session[Symbol.asyncDispose]();
      await prediction?.session[Symbol.asyncDispose]();
    },
  };
}

interface Compilation {
  readonly layout: ParameterLayout;
  readonly options: LossOptions;
  readonly runtime: RuntimeOptions;
}

interface Compiled {
  readonly session: Session;
  /** The parts of the parameters that the graph reads. */
  readonly segments: readonly ParameterSegment[];
}

async function compileTraining(config: ModelConfig, { layout, options, runtime }: Compilation): Promise<Compiled> {
  const { weights, segments } = inputWeights(layout);
  const { loss, terms } = lossGraph(predictionGraph(config, weights, options), options);
  const used = reachableSegments(segments, [loss]);
  const parts = gradients(
    loss,
    used.map(({ node }) => node),
  );
  const outputs = {
    loss,
    ...terms,
    ...Object.fromEntries(parts.map((part, index) => [gradientName(used[index]), part])),
  };
  return { session: await openSession(outputs, runtime), segments: used };
}

async function compilePrediction(config: ModelConfig, { layout, options, runtime }: Compilation): Promise<Compiled> {
  const { weights, segments } = inputWeights(layout);
  const outputs = { ...predictionGraph(config, weights, options) };
  const session = await openSession(outputs, runtime);
  return { session, segments: reachableSegments(segments, Object.values(outputs)) };
}

// Some parts act on nothing: the first layer has no vectors to filter, the last layer of a conservative model no use
// for them.
function reachableSegments(segments: readonly ParameterSegment[], outputs: readonly TensorNode[]): ParameterSegment[] {
  const reachable = new Set(topologicalOrder(outputs));
  return segments.filter(({ node }) => reachable.has(node));
}

function gradientName({ name }: ParameterSegment): string {
  return `gradient of ${name}`;
}

function inputFeeds(config: ModelConfig, batch: Batch, { scales, weights }: LossOptions): Record<string, TensorData> {
  const { graph } = batch;
  return {
    ...graphFeeds(config, graph).feeds,
    ...(scales.length > 1 && { headMask: headMask(batch, scales.length) }),
    ...(weights.stress > 0 && {
      structureOf: { data: graph.structureOf, shape: [graph.atomCount] },
      stressFactors: { data: stressFactors(batch, scales, config.forces), shape: [graph.structureCount, 1] },
    }),
  };
}

function labelFeeds(batch: Batch, { weights }: LossOptions, rows: PerTerm<Float32Array>): Record<string, TensorData> {
  const { structureOf, atomCount } = batch.graph;
  const feeds: Record<string, TensorData> = { structureOf: { data: structureOf, shape: [atomCount] } };
  for (const term of termsOf(weights)) {
    const width = termLabels[term].componentWeights.length;
    const { targets, mask } = batch.labels[term];
    feeds[feedNames[term].targets] = { data: targets, shape: width === 1 ? [mask.length] : [mask.length, width] };
    feeds[feedNames[term].weights] = { data: rows[term], shape: [mask.length] };
  }
  return feeds;
}

/** 1 where a column is the head of an atom, [atoms x heads]. */
function headMask({ heads, graph: { atomCount, structureOf } }: Batch, headCount: number): TensorData {
  const data = new Float32Array(atomCount * headCount);
  for (let atom = 0; atom < atomCount; atom++) data[atom * headCount + heads[structureOf[atom]]] = 1;
  return { data, shape: [atomCount, headCount] };
}

/** The segments of a flat array, as tensors under the names that `nameOf` gives them. */
function views(
  segments: readonly ParameterSegment[],
  values: Float32Array,
  nameOf: (segment: ParameterSegment) => string,
): Record<string, TensorData> {
  return Object.fromEntries(
    segments.map((segment) => {
      const { shape, offset, size } = segment;
      return [nameOf(segment), { data: values.subarray(offset, offset + size), shape }];
    }),
  );
}

function singles({ data }: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new LammError('engine', 'training runs in single precision');
}

function scalar({ data }: TensorData): number {
  return data[0];
}
