import { LammError } from '../../src/errors.js';
import { leastSquares } from '../../src/linalg/least-squares.js';

/** Sizes of samples, column by column. */
export interface SampleSizes {
  /** Number of atoms of each, [N]. */
  readonly atoms: Uint32Array;
  /** Number of edges of each, [N]. */
  readonly edges?: Uint32Array;
}

/** Sizes of samples whose graphs are known. */
export type GraphSizes = Required<SampleSizes>;

/** Time that a sample takes, in microseconds. */
export interface AffineCost {
  readonly perStructure: number;
  readonly perAtom: number;
  readonly perEdge: number;
}

/** What the load of a rank is counted in. */
export type CostModel = 'atoms' | 'edges' | AffineCost;

/**
 * Cost of each sample as a whole number, [N].
 *
 * @throws {LammError} `usage` when the model needs edges that are not known.
 */
export function sampleCosts({ atoms, edges }: SampleSizes, model: CostModel): Uint32Array {
  if (model === 'atoms') return atoms;
  if (edges === undefined && (model === 'edges' || model.perEdge !== 0)) {
    throw new LammError(
      'usage',
      'a cost by edges needs structures, and only their sizes are known; take the cost by atoms',
    );
  }
  if (model === 'edges') return edges ?? atoms; // just checked: they are there
  const { perStructure, perAtom, perEdge } = model;
  return atoms.map((count, sample) => Math.round(perStructure + perAtom * count + perEdge * (edges?.[sample] ?? 0)));
}

/** A batch that was timed. */
export interface TimedBatch {
  readonly structures: number;
  readonly atoms: number;
  readonly edges: number;
  readonly seconds: number;
}

/**
 * Fits seconds = overhead + sum of costs by least squares of the relative error; parts that would be negative are left
 * out. The overhead of a batch is the same for every rank and drops out.
 */
export function fitAffineCost(batches: readonly TimedBatch[]): AffineCost {
  const columns = ['overhead', 'structures', 'atoms', 'edges'] as const;
  let used: readonly (typeof columns)[number][] = columns;
  for (;;) {
    const matrix = batches.flatMap((batch) =>
      used.map((column) => (column === 'overhead' ? 1 : batch[column]) / batch.seconds),
    );
    const { solution } = leastSquares(
      matrix,
      batches.map(() => 1e6),
    );
    const negative = used.filter((_, index) => solution[index] < 0);
    if (negative.length === 0) {
      const part = (column: (typeof columns)[number]) => solution[used.indexOf(column)] ?? 0;
      return { perStructure: part('structures'), perAtom: part('atoms'), perEdge: part('edges') };
    }
    used = used.filter((column) => !negative.includes(column));
  }
}
