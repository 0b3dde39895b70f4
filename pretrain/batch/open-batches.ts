import type { ExampleStore, GraphRules } from '../dataset/graphs.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';
import { shareSamples } from '../dataset/prepared/stored-samples.js';
import { createBatchPool } from './batch-pool.js';
import { type BatchSource, createSerialBatches } from './batch-source.js';

export interface OpenBatchesOptions {
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  /** Whose graphs they are. */
  readonly model: GraphRules;
  /** Of the noise; that of the store. */
  readonly seed: number;
  /** Threads that make batches beside this one; when absent, one if much would be made anew every epoch. */
  readonly workers?: number;
}

/** Making graphs of more than this anew every epoch, in bytes, is left to a thread. */
const worthThread = 5e7;

/** The batches of a training: made by threads, or by this one from the graphs that the store keeps. */
export function openBatches(store: ExampleStore, { workers, ...recipe }: OpenBatchesOptions): BatchSource {
  const count = workers ?? Number(store.missingBytes > worthThread);
  if (count === 0) return createSerialBatches(store, recipe.normalizers);
  store.release();
  return createBatchPool({ ...recipe, location: shareSamples(store.samples) }, count);
}
