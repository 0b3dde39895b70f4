import {
  type RunAnalysisOptions,
  type RunAnalysisRequest,
  resolveRunAnalysis,
} from '../../../md/analysis/run-analysis.js';
import type { MdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { assertSameAnalysis } from '../../../md/record/record.js';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { requestOf } from './analysis-spec.js';
import type { MdTaskSettings } from './schema.js';

interface About {
  readonly structure: Structure;
  readonly timestepFs: number;
  readonly resumeFrom?: MdCheckpoint;
  readonly checkpoint: string;
}

/**
 * What is to be analysed: what the user asks for, or what a resumed simulation was begun with.
 *
 * @throws {LammError} `checkpoint` when something else is asked for than it was begun with.
 */
export async function analysisOf(
  given: MdTaskSettings,
  { structure, timestepFs, resumeFrom, checkpoint }: About,
): Promise<RunAnalysisOptions | undefined> {
  const isPeriodic = structure.pbc.every(Boolean);
  const request = await requestedAnalysis(given, { isPeriodic, isResumed: resumeFrom !== undefined });
  if (resumeFrom) {
    if (request) assertSameAnalysis(request, resumeFrom, checkpoint);
    return resumeFrom.settings.analysis;
  }
  return request && resolveRunAnalysis(request, { system: structure, timestepFs });
}

async function requestedAnalysis(
  { analyze, analyzeEvery, report }: MdTaskSettings,
  { isPeriodic, isResumed }: { isPeriodic: boolean; isResumed: boolean },
): Promise<RunAnalysisRequest | undefined> {
  const spec = analyze ?? (report !== undefined && !isResumed ? { isAll: true, observables: {} } : undefined);
  if (spec !== undefined) return requestOf(spec, { every: analyzeEvery, isPeriodic });
  if (analyzeEvery === undefined || isResumed) return undefined;
  const message = '`analyzeEvery`: expected `analyze` too, which says what is analysed';
  throw new LammError('usage', message, { quantity: 'analyzeEvery' });
}
