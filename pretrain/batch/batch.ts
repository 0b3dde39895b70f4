import type { AtomicGraph } from '../../src/models/atomic-graph.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { Example } from '../dataset/graphs.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';
import { isLabelled, lossTerms, type PerTerm, perTerm, termLabels } from '../dataset/labels/terms.js';

/** The labels of one term of a batch, normalised. */
export interface BatchLabels {
  /** [rows x components]; 0 without a label. */
  readonly targets: Float32Array;
  /** 1 where the row is a label, [rows]. */
  readonly mask: Float32Array;
}

/** Structures to train on, joined into one graph of G structures, N atoms, E edges, with normalised labels. */
export interface Batch extends AtomicGraph {
  /** Rows are structures or atoms, as the table of the terms says. */
  readonly labels: PerTerm<BatchLabels>;
  /** Number of atoms of each structure, [G]. */
  readonly atomCounts: Float32Array;
  /** In A^3, [G]; 0 without a cell. */
  readonly volumes: Float32Array;
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
    labels: perTerm((term) => {
      const { rowsPer, componentWeights } = termLabels[term];
      const rows = rowsPer === 'atom' ? atomCount : structureCount;
      return { targets: new Float32Array(componentWeights.length * rows), mask: new Float32Array(rows) };
    }),
    volumes: new Float32Array(structureCount),
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
  const { numbers, cell } = sample.structure;
  batch.volumes[index] = cellVolume(cell);
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

function writeLabels(batch: Batch, { sample }: Example, { index, atomOffset, normalizer }: LabelPlace): void {
  for (const term of lossTerms) {
    const { rowsPer, componentWeights, read } = termLabels[term];
    const label = read(sample, normalizer);
    if (label === undefined) continue;
    const { targets, mask } = batch.labels[term];
    const width = componentWeights.length;
    const start = rowsPer === 'atom' ? atomOffset : index;
    targets.set(label, width * start);
    for (let row = 0; row < label.length / width; row++) mask[start + row] = Number(isLabelled(term, sample, row));
  }
}
