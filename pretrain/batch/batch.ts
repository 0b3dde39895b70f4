import type { ModelInputs } from '../../src/models/model-inputs.js';
import type { Example } from '../dataset/graphs.js';
import { type Normalizer, normalizedEnergy } from '../dataset/labels/normalizer.js';

/** Structures to train on, joined into one graph of G structures, N atoms, E edges, with normalised labels. */
export interface Batch extends ModelInputs {
  /** (energy - references) / energyScale, [G]; 0 without a label. */
  readonly energyTargets: Float32Array;
  /** 1 where the structure has an energy, [G]. */
  readonly energyMask: Float32Array;
  /** Forces / forceScale, [N x 3]; 0 without a label. */
  readonly forceTargets: Float32Array;
  /** 1 where the atom has a force, [N]. */
  readonly forceMask: Float32Array;
  /** Number of atoms of each structure, [G]. */
  readonly atomCounts: Float32Array;
  /** Output of the model that each structure trains, [G]. */
  readonly heads: Uint16Array;
  /** Factor on the losses of each structure, [G]. */
  readonly sampleWeights: Float32Array;
}

/** Joins examples into a batch with the normaliser of the head of each; atoms and edges follow the order of the examples, so edges stay sorted by receiver. */
export function collate(examples: readonly Example[], normalizers: readonly Normalizer[]): Batch {
  const batch = allocate(examples);
  let [atomOffset, edgeOffset] = [0, 0];
  for (const [index, example] of examples.entries()) {
    writeGraph(batch, example, { index, atomOffset, edgeOffset });
    batch.heads[index] = headOf(example);
    batch.sampleWeights[index] = weightOf(example);
    writeLabels(batch, example, { index, atomOffset, normalizer: normalizers[headOf(example)] });
    atomOffset += example.sample.structure.numbers.length;
    edgeOffset += example.graph.edgeCount;
  }
  return batch;
}

/** Index of the output that an example trains. */
export function headOf({ sample }: Example): number {
  return sample.subset?.head ?? 0;
}

/** Factor on the losses of an example. */
export function weightOf({ sample }: Example): number {
  return sample.subset?.weight ?? 1;
}

interface MutableBatch extends Batch {
  readonly edgeVectors: Float32Array;
}

function allocate(examples: readonly Example[]): MutableBatch {
  const structureCount = examples.length;
  let [atomCount, edgeCount] = [0, 0];
  for (const { sample, graph } of examples) {
    atomCount += sample.structure.numbers.length;
    edgeCount += graph.edgeCount;
  }
  return {
    atomCount,
    edgeCount,
    structureCount,
    numbers: new Int32Array(atomCount),
    senders: new Int32Array(edgeCount),
    receivers: new Int32Array(edgeCount),
    edgeVectors: new Float32Array(3 * edgeCount),
    structureOf: new Int32Array(atomCount),
    energyTargets: new Float32Array(structureCount),
    energyMask: new Float32Array(structureCount),
    forceTargets: new Float32Array(3 * atomCount),
    forceMask: new Float32Array(atomCount),
    atomCounts: new Float32Array(structureCount),
    heads: new Uint16Array(structureCount),
    sampleWeights: new Float32Array(structureCount),
  };
}

interface GraphPlace {
  readonly index: number;
  readonly atomOffset: number;
  readonly edgeOffset: number;
}

function writeGraph(batch: MutableBatch, { sample, graph }: Example, place: GraphPlace): void {
  const { index, atomOffset, edgeOffset } = place;
  const { numbers } = sample.structure;
  batch.numbers.set(numbers, atomOffset);
  batch.structureOf.fill(index, atomOffset, atomOffset + numbers.length);
  batch.atomCounts[index] = numbers.length;
  batch.edgeVectors.set(graph.edgeVectors, 3 * edgeOffset);
  for (let edge = 0; edge < graph.edgeCount; edge++) {
    batch.senders[edgeOffset + edge] = graph.senders[edge] + atomOffset;
    batch.receivers[edgeOffset + edge] = graph.receivers[edge] + atomOffset;
  }
}

interface LabelPlace {
  readonly index: number;
  readonly atomOffset: number;
  readonly normalizer: Normalizer;
}

function writeLabels(batch: MutableBatch, { sample }: Example, { index, atomOffset, normalizer }: LabelPlace): void {
  const { structure, energy, forces, forceMask } = sample;
  if (energy !== undefined) {
    batch.energyTargets[index] = normalizedEnergy(normalizer, structure, energy);
    batch.energyMask[index] = 1;
  }
  if (forces !== undefined) {
    for (let component = 0; component < forces.length; component++) {
      batch.forceTargets[3 * atomOffset + component] = forces[component] / normalizer.forceScale;
    }
    if (forceMask === undefined) batch.forceMask.fill(1, atomOffset, atomOffset + structure.numbers.length);
    else batch.forceMask.set(forceMask, atomOffset);
  }
}
