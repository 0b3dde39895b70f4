import type { SitePairs } from '../../src/neighbors/pair-list.js';

/** A typed array, as `allocate` makes it. */
type ArrayType<Array> = {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Array;
  new (buffer: SharedArrayBuffer): Array;
};

/** Makes an array of zeros, in shared memory where threads share the work. */
export type Allocate = <Array>(type: ArrayType<Array>, length: number) => Array;

export const allocateOwn: Allocate = (type, length) => new type(length);
export const allocateShared: Allocate = (type, length) =>
  new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));

/**
 * A system and the sums over its pairs, in arrays that threads may share.
 *
 * The rows of atoms are divided into blocks.  Each block has sums of its own over all sites, which are added up in the
 * order of the blocks: the result depends on the number of blocks, and so on that of the atoms, but not on who did
 * which block.
 */
export interface SiteJob extends SitePairs {
  readonly atomCount: number;
  readonly blockCount: number;
  /** Sites that there is room for: length of the sums of one block. */
  readonly siteRoom: number;
  /**
   * Of each block, [blocks x 3]: end of the atoms that its rows touch, first image and end of the images (sites) that
   * they touch.
   */
  readonly spans: Int32Array;
  /** First image of each atom among the images, [N + 1]. */
  readonly imageStart: Int32Array;
  /** Row of each site's element in the tables of a calculator that knows elements, [room]. */
  readonly kinds: Uint8Array;
  /** Sums of each block: energies in eV, [blocks x room], forces in eV/A, [blocks x room x 3]. */
  readonly blockEnergies: Float64Array;
  readonly blockForces: Float64Array;
  /** Derivative of each block's energy with respect to strain in eV, [blocks x 6]: xx yy zz yz xz xy. */
  readonly virials: Float64Array;
  /** Sums of all blocks: energies in eV, [N], forces in eV/A, [N x 3]. */
  readonly energies: Float64Array;
  readonly forces: Float64Array;
}

/** Systems from this size on are divided into blocks; smaller ones are one block, which one thread does. */
export const minDividedAtoms = 8192;

/**
 * So many threads can share the work.  Sums over sites that several blocks touch are cleared and added up once for
 * each: more blocks cost one thread more, 2 to 7 % of Lennard-Jones with these.
 */
export const maxBlocks = 8;

function blockCountOf(atomCount: number): number {
  return atomCount < minDividedAtoms ? 1 : maxBlocks;
}

/** First atom of part `part` of the atoms, of `count` parts of about the same number. */
export function partStart(atomCount: number, part: number, count: number): number {
  return Math.floor((atomCount * part) / count);
}

/** Jobs of one calculator: the next one takes over the arrays of the last that are large enough. */
export interface SiteJobs {
  /** The job of these pairs with their present positions; the same object until pairs are searched again. */
  update(pairs: SitePairs): SiteJob;
}

export function createSiteJobs(allocate: Allocate): SiteJobs {
  let current: { readonly pairs: SitePairs; readonly job: SiteJob } | undefined;
  return {
    update(pairs) {
      if (current?.pairs !== pairs) current = { pairs, job: createJob(pairs, allocate, current?.job) };
      const { job } = current;
      if (job.positions !== pairs.positions) job.positions.set(pairs.positions);
      return job;
    },
  };
}

function createJob(pairs: SitePairs, allocate: Allocate, last: SiteJob | undefined): SiteJob {
  const atomCount = pairs.rowStart.length - 1;
  const blockCount = blockCountOf(atomCount);
  const shared = allocate === allocateShared;
  const reused = last?.atomCount === atomCount && 3 * last.siteRoom >= pairs.positions.length ? last : undefined;
  const siteRoom = reused?.siteRoom ?? roomFor(pairs.positions.length / 3);
  const sums = reused ?? {
    kinds: allocate(Uint8Array, siteRoom),
    blockEnergies: allocate(Float64Array, blockCount * siteRoom),
    blockForces: allocate(Float64Array, 3 * blockCount * siteRoom),
    virials: allocate(Float64Array, 6 * blockCount),
    energies: allocate(Float64Array, atomCount),
    forces: allocate(Float64Array, 3 * atomCount),
    spans: allocate(Int32Array, 3 * blockCount),
    imageStart: allocate(Int32Array, atomCount + 1),
  };
  const lists = shared ? copyLists(pairs, allocate, reused) : pairs;
  const job = { ...sums, ...lists, pairCount: pairs.pairCount, atomCount, blockCount, siteRoom };
  setImageStart(job);
  for (let block = 0; block < blockCount; block++) setSpan(job, block);
  return job;
}

type Lists = Omit<SitePairs, 'pairCount'>;

function copyLists(pairs: SitePairs, allocate: Allocate, reused: Lists | undefined): Lists {
  const { rowStart, seconds, imageAtoms, positions } = pairs;
  const lists = {
    rowStart: reused?.rowStart ?? allocate(Int32Array, rowStart.length),
    seconds: atLeast(reused?.seconds, seconds.length) ?? allocate(Int32Array, roomFor(seconds.length)),
    imageAtoms: allocate(Int32Array, imageAtoms.length),
    positions:
      atLeast(reused?.positions, positions.length) ?? allocate(Float64Array, 3 * roomFor(positions.length / 3)),
  };
  lists.rowStart.set(rowStart);
  lists.seconds.set(seconds);
  lists.imageAtoms.set(imageAtoms);
  return lists;
}

// Some more than now, as these numbers change a little with every search.
function roomFor(count: number): number {
  return Math.ceil(1.05 * count);
}

function atLeast<List extends { readonly length: number }>(list: List | undefined, length: number): List | undefined {
  return list !== undefined && list.length >= length ? list : undefined;
}

function setImageStart({ imageStart, imageAtoms, atomCount }: SiteJob): void {
  let image = 0;
  for (let atom = 0; atom <= atomCount; atom++) {
    while (image < imageAtoms.length && imageAtoms[image] < atom) image++;
    imageStart[atom] = image;
  }
}

function setSpan({ spans, rowStart, seconds, atomCount, blockCount, imageAtoms }: SiteJob, block: number): void {
  const firstAtom = partStart(atomCount, block, blockCount);
  let atomsEnd = partStart(atomCount, block + 1, blockCount);
  const end = rowStart[atomsEnd];
  let firstImage = atomCount + imageAtoms.length;
  let imagesEnd = atomCount;
  for (let pair = rowStart[firstAtom]; pair < end; pair++) {
    const site = seconds[pair];
    if (site < atomCount) {
      if (site >= atomsEnd) atomsEnd = site + 1;
    } else {
      if (site < firstImage) firstImage = site;
      if (site >= imagesEnd) imagesEnd = site + 1;
    }
  }
  spans[3 * block] = atomsEnd;
  spans[3 * block + 1] = Math.min(firstImage, imagesEnd);
  spans[3 * block + 2] = imagesEnd;
}
