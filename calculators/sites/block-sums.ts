import { partStart, type SiteJob } from './site-job.js';

/** Atoms `first` ... `end` - 1, whose images are `firstImage` ... `imagesEnd` - 1 among the sites. */
export interface AtomRange {
  readonly first: number;
  readonly end: number;
  readonly firstImage: number;
  readonly imagesEnd: number;
}

/** The rows of a block, or as many atoms whose sums over all blocks are wanted. */
export function rangeOf({ atomCount, blockCount, imageStart }: SiteJob, part: number): AtomRange {
  const first = partStart(atomCount, part, blockCount);
  const end = partStart(atomCount, part + 1, blockCount);
  return { first, end, firstImage: atomCount + imageStart[first], imagesEnd: atomCount + imageStart[end] };
}

/** Part of an array of block sums that belongs to each block, [room x width]. */
export function blockViews(array: Float64Array, { blockCount }: SiteJob): Float64Array[] {
  const length = array.length / blockCount;
  return Array.from({ length: blockCount }, (_, block) => array.subarray(block * length, (block + 1) * length));
}

/** Sets the sums of a block, [room x width], to zero wherever its rows touch them. */
export function clearBlock(sums: Float64Array, job: SiteJob, { block, width }: { block: number; width: number }): void {
  const { spans } = job;
  const { first } = rangeOf(job, block);
  sums.fill(0, width * first, width * spans[3 * block]);
  sums.fill(0, width * spans[3 * block + 1], width * spans[3 * block + 2]);
}

/**
 * Sets the virial of a block in eV, [6], to what the forces of its pairs on the sites make of it, [room x 3]:
 *
 *     dE/d(strain) = - sum over sites of F (x) r
 *
 * The forces of the pairs of a block add up to nothing, so that the place that r is counted from does not matter.
 */
export function sumVirial(
  virial: Float64Array,
  job: SiteJob,
  { block, forces }: { readonly block: number; readonly forces: Float64Array },
): void {
  const { positions, spans } = job;
  const { first } = rangeOf(job, block);
  const [originX, originY, originZ] = positions.subarray(3 * first, 3 * first + 3);
  virial.fill(0);
  addSites(first, spans[3 * block]);
  addSites(spans[3 * block + 1], spans[3 * block + 2]);

  function addSites(start: number, end: number): void {
    for (let site = start; site < end; site++) {
      const x = positions[3 * site] - originX;
      const y = positions[3 * site + 1] - originY;
      const z = positions[3 * site + 2] - originZ;
      virial[0] -= forces[3 * site] * x;
      virial[1] -= forces[3 * site + 1] * y;
      virial[2] -= forces[3 * site + 2] * z;
      virial[3] -= forces[3 * site + 1] * z;
      virial[4] -= forces[3 * site] * z;
      virial[5] -= forces[3 * site] * y;
    }
  }
}

/** Sums of each block whose totals over a range of atoms are wanted. */
export interface Gather {
  readonly job: SiteJob;
  readonly blocks: readonly Float64Array[];
  readonly range: AtomRange;
}

/** Sets the numbers of the atoms of a range, [N], to what all blocks have summed over them. */
export function gatherAtoms(target: Float64Array, { job, blocks, range }: Gather): void {
  target.fill(0, range.first, range.end);
  for (const [block, sums] of blocks.entries()) {
    const start = Math.max(range.first, partStart(job.atomCount, block, job.blockCount));
    const end = Math.min(range.end, job.spans[3 * block]);
    for (let atom = start; atom < end; atom++) target[atom] += sums[atom];
  }
}

/** Adds to these numbers what all blocks have summed over the images of the atoms. */
export function gatherImages(target: Float64Array, { job, blocks, range }: Gather): void {
  const { atomCount, imageAtoms, spans } = job;
  for (const [block, sums] of blocks.entries()) {
    const end = Math.min(range.imagesEnd, spans[3 * block + 2]);
    for (let site = Math.max(range.firstImage, spans[3 * block + 1]); site < end; site++) {
      target[imageAtoms[site - atomCount]] += sums[site];
    }
  }
}

/**
 * Sets the forces of the job on the atoms of a range to what all blocks have summed, [room x 3], over them and their
 * images.
 */
export function gatherForces({ job, blocks, range }: Gather): void {
  const { forces, atomCount, imageAtoms, spans } = job;
  forces.fill(0, 3 * range.first, 3 * range.end);
  for (const [block, sums] of blocks.entries()) {
    const start = Math.max(range.first, partStart(atomCount, block, job.blockCount));
    const end = Math.min(range.end, spans[3 * block]);
    for (let i = 3 * start; i < 3 * end; i++) forces[i] += sums[i];
  }
  for (const [block, sums] of blocks.entries()) {
    const end = Math.min(range.imagesEnd, spans[3 * block + 2]);
    for (let site = Math.max(range.firstImage, spans[3 * block + 1]); site < end; site++) {
      const atom = 3 * imageAtoms[site - atomCount];
      forces[atom] += sums[3 * site];
      forces[atom + 1] += sums[3 * site + 1];
      forces[atom + 2] += sums[3 * site + 2];
    }
  }
}
