import { z } from 'zod';
import type { NeighborList } from '../neighbors/neighbor-list.js';
import type { TensorData } from '../runtime/session.js';
import type { TensorNode } from '../tensor/node.js';
import type { AtomicGraph } from './atomic-graph.js';
import type { EdgeBlocks } from './edge-blocks.js';
import type { Evaluator } from './evaluator.js';
import type { GraphNodes } from './graph-nodes.js';
import type { ParameterLayout, WeightSource } from './parameters.js';
import { defaultRepulsion, repulsionFields } from './repulsion.js';

/** A count that shapes a network; far beyond any use it is a damaged file. */
export const sizeSchema = z.int().positive().max(100_000);

/** Settings that every kind of model has, as a model file holds them. */
export const commonFields = {
  /** Scalar features of an atom. */
  channels: sizeSchema,
  layers: sizeSchema,
  /** In A; far beyond any use, too, it is a damaged file. */
  cutoff: z.number().positive().max(100),
  /** Nearest neighbours that are kept, as the kind counts them; null keeps all. */
  maxNeighbors: sizeSchema.nullable(),
  /** Elements that there is room for: atomic numbers 1 to this. */
  elementCount: z.int().min(1).max(118),
  ...repulsionFields,
  /** Forces from their own head, or as the derivative of the energy. */
  forces: z.enum(['direct', 'conservative']),
  /** Whether a head of its own says the stress; not when absent. */
  stressHead: z.boolean().optional(),
  /** One output per level of theory. */
  heads: z.array(z.string().min(1)).min(1),
};

/** What a training may say of every kind of model, with the defaults of a small one. */
export const smallModel = {
  layers: commonFields.layers.default(3),
  cutoff: commonFields.cutoff.default(5),
  elementCount: commonFields.elementCount.default(100),
  repulsion: commonFields.repulsion.default('none'),
  repulsionReach: commonFields.repulsionReach.default(defaultRepulsion.repulsionReach),
  repulsionFloor: commonFields.repulsionFloor.default(defaultRepulsion.repulsionFloor),
  stressHead: commonFields.stressHead.default(false),
};

/** What any kind of model says of itself. */
export type CommonConfig = Readonly<Omit<z.infer<z.ZodObject<typeof commonFields>>, 'heads'>> & {
  readonly heads: readonly string[];
};

/** A model has a head for the stress only where the stress is no derivative. */
export const stressFits = ({ forces, stressHead }: Pick<CommonConfig, 'forces' | 'stressHead'>) =>
  forces === 'direct' || !stressHead;
export const stressMessage = {
  path: ['stressHead'],
  error: 'expected false, for stress is a derivative where forces are',
};

/** Where a parameter stands between the elements and the outputs of a network. */
export type ModelPart =
  /** A table with a row for each element, the first row for this atomic number. */
  | { readonly kind: 'embedding'; readonly firstElement: number }
  /** A layer that passes messages, counted from 0, or what follows the last one. */
  | { readonly kind: 'block'; readonly index: number | 'last' }
  | {
      readonly kind: 'head';
      /**
       * Whether each head has rows (of the last axis) of its own: row i, i + heads, i + 2 heads ... belong to head i.
       * Otherwise all heads share it.
       */
      readonly ownRows: boolean;
      /** What the outputs of the network are proportional to, if they are. */
      readonly scales?: 'energy' | 'forces' | 'isotropic stress' | 'anisotropic stress';
    };

/** Graph nodes of what a network says, normalised; D is the number of heads. */
export interface NetworkOutputs {
  /** [atoms x D]. */
  readonly energies: TensorNode;
  /** Direct forces, [atoms x 3 x D]. */
  readonly forces?: TensorNode;
  /**
   * Parts of a direct stress, [atoms x 6 x D]: isotropic, then those of degree 2; the mean over the atoms of a
   * structure counts.
   */
  readonly stress?: TensorNode;
  /** Rotation-invariant features of each atom, [atoms x channels]. */
  readonly features: TensorNode;
  /** What the energies of all heads are linear functions of, [atoms x K]; `features` when absent. */
  readonly lastFeatures?: TensorNode;
}

/** What a training adds to the settings of a network. */
export interface TrainedOutputs<Config> {
  /** Names of the heads. */
  readonly heads: readonly string[];
  /** The model that the training starts from. */
  readonly from?: Config;
}

/** A model of which one head is wanted. */
export interface HeadSource<Config> {
  readonly config: Config;
  /** Flat, in the order of the layout. */
  readonly parameters: Float32Array;
  readonly head: number;
}

/**
 * How exactly tables stand for functions of the distance: bounds of the errors, relative to the largest value and to
 * the largest slope.
 */
export interface TableErrors {
  readonly intervals: number;
  readonly valueError: number;
  readonly slopeError: number;
}

export interface FusedOptions {
  /** Threads that work on one evaluation; as many as seem to help when absent. */
  readonly threads?: number;
  /** Whether evaluations come with the last features of the atoms. */
  readonly features?: boolean;
}

/** An evaluator of a kind's own, faster than the tensor graph, for some of its models. */
export interface FusedKind<Config> {
  /**
   * What a model has that this evaluator does not take, as the end of "it takes no model ..."; nothing when it takes
   * it.
   */
  refusal(config: Config): string | undefined;
  /** The tables that it makes of a model that it takes. */
  tableErrors(source: Pick<HeadSource<Config>, 'config' | 'parameters'>): TableErrors;
  /**
   * Opens it for a model that it takes.
   *
   * @throws {LammError} `engine` when it cannot run here, or after all not take this model.
   */
  open(source: HeadSource<Config>, options: FusedOptions): Promise<Evaluator>;
}

/**
 * A kind of network: everything that the rest of the program needs to know of it.  One more kind is one more row of
 * `kinds`.
 */
export interface ModelKind<Config extends CommonConfig = CommonConfig, Settings = unknown> {
  /** The description in a model file; it has the kind as `kind`, as the settings have. */
  readonly schema: z.ZodType<Config> & z.core.$ZodTypeDiscriminable;
  /** What a training may be told, with its defaults. */
  readonly settings: z.ZodType<Settings> & z.core.$ZodTypeDiscriminable;
  /** The settings of which a training makes a network of the same architecture. */
  settingsOf(config: Config): Settings;
  /** The model that a training with these settings makes. */
  configure(settings: Settings, outputs: TrainedOutputs<Config>): Config;
  /** Names, shapes and order of the trainable parameters. */
  layout(config: Config): ParameterLayout;
  /** The part of the network that a parameter belongs to. */
  partOf(parameterName: string): ModelPart;
  /** The edges that the network takes of all within the cutoff, in the same order. */
  edges(list: NeighborList, config: Config): NeighborList;
  /** Edges of a block; `defaultBlockSize` when absent. */
  readonly blockSize?: number;
  /** Builds the network on the nodes of a graph; it may read further inputs, which `feeds` gives. */
  network(config: Config, weights: WeightSource, nodes: GraphNodes): NetworkOutputs;
  /** What the network reads beside `GraphNodes`; reals have the precision of `blocks.edgeVectors`. */
  feeds?(graph: AtomicGraph, blocks: EdgeBlocks, config: Config): Record<string, TensorData>;
  /** Whether edges longer than the cutoff add nothing, so that lists may hold some; not when absent. */
  edgesVanish?(config: Config): boolean;
  readonly fused?: FusedKind<Config>;
}
