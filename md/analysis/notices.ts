import type { Displacements } from './mean-squared-displacement.js';
import type { Observables } from './observables.js';
import type { RadialDistribution } from './radial-distribution.js';
import type { VelocityCorrelation } from './velocity-autocorrelation.js';

/** A reason to read a result with care. */
export interface AnalysisNotice {
  readonly analysis: 'rdf' | 'msd' | 'vacf';
  readonly code:
    | 'coarse-sampling'
    | 'beyond-half-cell'
    | 'few-frames'
    | 'no-pairs'
    | 'no-diffusion'
    | 'center-of-mass-drift'
    | 'wrapped-positions'
    | 'long-moves';
  readonly message: string;
}

/**
 * Frames in the shortest period; at two, its frequency is the last that can be seen, and stiffer bonds than the
 * expected ones exist.
 */
const framesPerPeriod = 2.5;
/** Share of the spectrum that may lie in the last tenth of its frequencies. */
const endShare = 0.05;
const minFrames = 30;
/** Mean squared displacement in A^2 that atoms do not reach by swinging about their places. */
const leavesPlaces = 1;
/** In A. */
const noticedDrift = 0.1;
/** In multiples of a lattice vector; at a half, images cannot be told apart. */
const longShare = 1 / 3;

/**
 * What a user should know about results: sampled too coarsely, from too few frames, or beyond what the cell allows.
 *
 * @param unwrapped whether atoms were followed across the borders of the cell; undefined where positions are known not
 *   to jump.
 */
export function noticesOf({ rdf, msd, vacf }: Observables, unwrapped?: boolean): AnalysisNotice[] {
  return [
    ...(rdf ? distributionNotices(rdf) : []),
    ...(msd ? displacementNotices(msd, unwrapped) : []),
    ...(vacf ? correlationNotices(vacf) : []),
  ];
}

function distributionNotices({ distances, binWidth, halfCell, pairs }: RadialDistribution): AnalysisNotice[] {
  const cutoff = (distances.at(-1) ?? 0) + binWidth / 2;
  if (pairs.every(({ g }) => g.every((value) => value === 0))) {
    const message = `no two atoms are within ${format(cutoff)} A of one another, so that g(r) is empty: take a larger cell, or a longer cutoff (rdf:cutoff=...) that counts atoms with their own images`;
    return [{ analysis: 'rdf', code: 'no-pairs', message }];
  }
  if (cutoff <= halfCell * (1 + 1e-9)) return [];
  const message = `g(r) reaches ${format(cutoff)} A, the cell only ${format(halfCell)} A to each side: beyond that, atoms are counted with their own images, and order that the cell imposes is seen; take a larger cell or a shorter cutoff`;
  return [{ analysis: 'rdf', code: 'beyond-half-cell', message }];
}

function displacementNotices(
  { frames, centerDrift, jumps, largestShare, elements }: Displacements,
  unwrapped: boolean | undefined,
): AnalysisNotice[] {
  const notices: AnalysisNotice[] = [];
  const add = (code: AnalysisNotice['code'], message: string) => void notices.push({ analysis: 'msd', code, message });
  if (frames < minFrames)
    add(
      'few-frames',
      `the mean squared displacement is of ${frames === 1 ? 'one frame' : `${frames} frames`} only: its long lags and the diffusion coefficient mean little; take ${minFrames} or more`,
    );
  const farthest = Math.max(0, ...elements.map(({ values }) => values.at(-1) ?? 0));
  if (elements.some(({ diffusion }) => diffusion) && farthest < leavesPlaces)
    add(
      'no-diffusion',
      `atoms have moved by ${format(Math.sqrt(farthest))} A in the longest lag, as they do about their places: the diffusion coefficient says nothing yet`,
    );
  if (centerDrift > noticedDrift)
    add(
      'center-of-mass-drift',
      `the centre of mass moved by ${format(centerDrift)} A; displacements are measured from it`,
    );
  if (unwrapped === false && jumps > 0)
    add(
      'wrapped-positions',
      `atoms jump across the cell ${jumps} times: the positions were put back into the cell, and displacements are right only where that is undone`,
    );
  if (unwrapped === true && largestShare > longShare)
    add(
      'long-moves',
      `atoms move by up to ${format(largestShare)} of the cell between frames: at half of it, the images that they come from cannot be told; write frames more often`,
    );
  return notices;
}

function correlationNotices({ intervalFs, shortestPeriodFs, elements, frames }: VelocityCorrelation): AnalysisNotice[] {
  if (frames < 2) return [];
  const [{ spectrum }] = elements;
  const highest = 500 / intervalFs;
  const expected = 1000 / shortestPeriodFs;
  const advised = Math.max(0.1, Math.floor((10 * shortestPeriodFs) / framesPerPeriod) / 10);
  const seen = `velocities every ${format(intervalFs)} fs show vibrations up to ${format(highest)} THz, and faster ones as slower ones that do not exist`;
  if (intervalFs > shortestPeriodFs / framesPerPeriod) {
    const message = `${seen}; the lightest atoms may vibrate at ${format(expected)} THz: take velocities every ${advised} fs or more often`;
    return [{ analysis: 'vacf', code: 'coarse-sampling', message }];
  }
  const share = shareAtEnd(spectrum.intensities);
  if (share <= endShare) return [];
  const message = `${seen}; ${(100 * share).toFixed(0)} % of the spectrum lie in its last tenth: take velocities more often`;
  return [{ analysis: 'vacf', code: 'coarse-sampling', message }];
}

function shareAtEnd(intensities: Float64Array): number {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + Math.max(0, value), 0);
  const all = sum(intensities);
  return all === 0 ? 0 : sum(intensities.subarray(Math.floor(0.9 * intensities.length))) / all;
}

function format(value: number): string {
  return String(Number(value.toPrecision(3)));
}
