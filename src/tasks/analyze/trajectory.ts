import { type AnalysisOptions, type AnalysisResult, createAnalysis } from '../../../md/analysis/analysis.js';
import { createOrderKeeper } from '../../../md/analysis/atom-order.js';
import { type Frame, frameOfStructure } from '../../../md/analysis/frame.js';
import type { ObservableName } from '../../../md/analysis/observables.js';
import { LammError } from '../../errors.js';
import type { FormatOptions } from '../../io/format.js';
import { iterateStructures } from '../../io/read-structures.js';
import type { ViewFrame } from '../../report/trajectory-view.js';
import type { Structure } from '../../structure/structure.js';
import { createViewSampler } from '../analysis/view-sampler.js';

/** Which analyses were asked for by name; none: all that the trajectory allows. */
export interface AnalysisChoice {
  readonly named: ReadonlySet<ObservableName>;
  readonly options: AnalysisOptions;
}

export interface SourceOptions {
  /** Time between frames in fs, for files that do not say it. */
  readonly intervalFs?: number;
  /** Earlier frames are left out. */
  readonly fromFs: number;
  /** Of the others, each so-manieth is taken. */
  readonly every: number;
  readonly reading: Pick<FormatOptions, 'occupancy' | 'keepUnconverged' | 'onNotice'>;
}

export interface AnalysedTrajectory {
  readonly result: AnalysisResult;
  /** Some frames, evenly chosen, to be looked at. */
  readonly view: readonly ViewFrame[];
  /** What was not done, and why. */
  readonly remarks: readonly string[];
}

/** Reads a trajectory once, frame by frame, through the analyses. */
export async function analyseTrajectory(
  file: string,
  choice: AnalysisChoice,
  source: SourceOptions,
): Promise<AnalysedTrajectory> {
  let analysis: ReturnType<typeof createAnalysis> | undefined;
  let remarks: readonly string[] = [];
  const sampler = createViewSampler();
  const isTimeless = choice.named.size === 1 && choice.named.has('rdf'); // any set of structures has one
  const inFirstOrder = createOrderKeeper();
  let position = 0;
  let taken = 0;
  for await (const structure of iterateStructures(file, source.reading)) {
    const timeFs = timeOf(structure, position++, { ...source, isTimeless });
    if (timeFs < source.fromFs || taken++ % source.every !== 0) continue;
    const frame = inFirstOrder(frameOfStructure(structure, timeFs), structure);
    if (analysis === undefined) {
      const plan = planFor(choice, frame);
      analysis = createAnalysis(plan.options);
      remarks = plan.remarks;
    }
    analysis.add(frame);
    sampler.add(frame, timeFs);
  }
  if (analysis === undefined) {
    throw new LammError('usage', `expected frames from ${source.fromFs} fs on, found ${position} earlier ones`, {
      file,
    });
  }
  const result = analysis.result();
  const isMoving = result.frames > 1 || choice.named.size > 0;
  return { result: isMoving ? result : withoutMotion(result), view: sampler.frames(), remarks };
}

/** One structure does not move: what is left of it are its structure and averages. */
function withoutMotion({ msd: _, vacf: __, ...result }: AnalysisResult): AnalysisResult {
  return { ...result, notices: result.notices.filter(({ analysis }) => analysis !== 'msd' && analysis !== 'vacf') };
}

function timeOf(
  { info }: Structure,
  position: number,
  { intervalFs, isTimeless }: { intervalFs?: number; isTimeless: boolean },
): number {
  if (intervalFs !== undefined) return position * intervalFs;
  if (typeof info.time_fs === 'number') return info.time_fs;
  if (position === 0 || isTimeless) return position;
  throw new LammError(
    'usage',
    'the frames carry no time_fs; give the time between them with `intervalFs`, such as `intervalFs: 10fs`',
    {
      quantity: 'time_fs',
    },
  );
}

/** What is asked for by name must be possible; otherwise what is not possible is left out with a remark. */
function planFor({ named, options }: AnalysisChoice, frame: Frame): { options: AnalysisOptions; remarks: string[] } {
  if (named.size > 0) return { options, remarks: [] };
  const remarks: string[] = [];
  const { rdf, vacf, ...rest } = options;
  const isPeriodic = frame.pbc.every(Boolean);
  if (!isPeriodic) remarks.push('no radial distribution: the frames are not periodic in all directions');
  if (frame.velocities === undefined) remarks.push('no velocity autocorrelation: the frames have no velocities');
  return { options: { ...rest, ...(isPeriodic && { rdf }), ...(frame.velocities && { vacf }) }, remarks };
}
