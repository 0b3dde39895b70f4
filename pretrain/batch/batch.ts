import { type AtomicGraph, joinGraphs } from '../../src/models/atomic-graph.js';
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

/** Structures to train on, joined into one graph of G structures and N atoms, with normalised labels. */
export interface Batch {
  /** Edge vectors in single precision. */
  readonly graph: AtomicGraph;
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

/** Joins examples into a batch with the normaliser of the head of each; structures follow the order of the examples. */
export function collate(examples: readonly Example[], normalizers: readonly Normalizer[]): Batch {
  const batch = allocate(joinGraphs(examples.map(({ graph }) => graph)));
  let atomOffset = 0;
  for (const [index, example] of examples.entries()) {
    const { numbers, cell } = example.sample.structure;
    batch.volumes[index] = cellVolume(cell);
    batch.atomCounts[index] = numbers.length;
    batch.heads[index] = headOf(example);
    batch.sampleWeights[index] = weightOf(example);
    writeLabels(batch, example, { index, atomOffset, normalizer: normalizers[headOf(example)] });
    atomOffset += numbers.length;
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

function allocate(graph: AtomicGraph): Batch {
  const { structureCount, atomCount } = graph;
  return {
    graph,
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
