import { LammError } from '../../src/errors.js';
import type { Frame } from './frame.js';
import { type AnalysisNotice, noticesOf } from './notices.js';
import { type ObservableOptions, type Observables, openMeters, resultsOf } from './observables.js';

/** Which analyses to make; what is absent is not made. */
export interface AnalysisOptions extends Omit<ObservableOptions, 'thermo'> {
  readonly thermo?: boolean;
}

export type AnalysisResult = Observables & {
  readonly frames: number;
  readonly firstTimeFs: number;
  readonly lastTimeFs: number;
  /** Reasons to read the results with care. */
  readonly notices: readonly AnalysisNotice[];
};

/** Analyses that take a trajectory frame by frame, from a file or as it runs. */
export interface Analysis {
  /** @throws {LammError} when a frame lacks what an analysis needs, or does not belong to the ones before. */
  add(frame: Frame): void;
  /** What the frames so far come to; more may follow. */
  result(): AnalysisResult;
}

/** Starts the analyses that `options` names. */
export function createAnalysis(options: AnalysisOptions): Analysis {
  const meters = openMeters({ ...options, thermo: options.thermo ? {} : undefined });
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
      const observables = resultsOf(meters, seen.atomCount);
      return { ...seen, ...observables, notices: noticesOf(observables, options.msd?.unwrap ?? true) };
    },
  };
}
