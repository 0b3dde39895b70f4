import { LammError } from '../../src/errors.js';
import type { DiffusionOptions } from './diffusion.js';
import type { Frame } from './frame.js';
import { createDisplacementMeter } from './mean-squared-displacement.js';
import { type AnalysisNotice, noticesOf } from './notices.js';
import type { Observables } from './observables.js';
import { createRadialDistribution, type RadialDistributionOptions } from './radial-distribution.js';
import { createThermodynamics } from './thermodynamics.js';
import type { UnwrapOptions } from './unwrap.js';
import { createVelocityCorrelation, type VelocityCorrelationOptions } from './velocity-autocorrelation.js';

/** Which analyses to make; what is absent is not made. */
export interface AnalysisOptions {
  readonly rdf?: RadialDistributionOptions;
  readonly msd?: UnwrapOptions & DiffusionOptions;
  readonly vacf?: VelocityCorrelationOptions;
  readonly thermo?: boolean;
}

export interface AnalysisResult extends Observables {
  readonly frames: number;
  readonly firstTimeFs: number;
  readonly lastTimeFs: number;
  /** Reasons to read the results with care. */
  readonly notices: readonly AnalysisNotice[];
}

/** Analyses that take a trajectory frame by frame, from a file or as it runs. */
export interface Analysis {
  /** @throws {LammError} when a frame lacks what an analysis needs, or does not belong to the ones before. */
  add(frame: Frame): void;
  /** What the frames so far come to; more may follow. */
  result(): AnalysisResult;
}

/** Starts the analyses that `options` names. */
export function createAnalysis(options: AnalysisOptions): Analysis {
  const rdf = options.rdf && createRadialDistribution(options.rdf);
  const msd = options.msd && createDisplacementMeter(options.msd);
  const vacf = options.vacf && createVelocityCorrelation(options.vacf);
  const thermo = options.thermo ? createThermodynamics() : undefined;
  const meters = [rdf, msd, vacf, thermo].filter((meter) => meter !== undefined);
  const seen = { frames: 0, atomCount: 0, firstTimeFs: 0, lastTimeFs: 0 };
  return {
    add(frame) {
      for (const meter of meters) meter.add(frame);
      if (seen.frames === 0) seen.firstTimeFs = frame.timeFs;
      seen.frames++;
      seen.atomCount = frame.numbers.length;
      seen.lastTimeFs = frame.timeFs;
    },
    result() {
      if (seen.frames === 0) throw new LammError('structure', 'expected at least one frame to analyse, found none');
      const observables: Observables = {
        atomCount: seen.atomCount,
        ...(rdf && { rdf: rdf.result() }),
        ...(msd && { msd: msd.result(options.msd) }),
        ...(vacf && { vacf: vacf.result() }),
        ...(thermo && { thermo: thermo.result() }),
      };
      return { ...seen, ...observables, notices: noticesOf(observables, options.msd?.unwrap ?? true) };
    },
  };
}
