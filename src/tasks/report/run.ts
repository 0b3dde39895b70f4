import { checkSettings } from '../../settings/check-settings.js';
import type { TaskContext } from '../context.js';
import { resolveOutputPath } from '../structures/output-path.js';
import { type RunOfFile, readRuns, writeTrainingReport } from '../train/runs.js';
import { type ReportTaskSettings, reportTask } from './schema.js';

export interface ReportContext extends TaskContext {
  /** Whether to write no page but one that `out` names. */
  readonly onlyNamed?: boolean;
}

export interface TrainingsReport {
  readonly runs: readonly RunOfFile[];
  /** What was written. */
  readonly page?: string;
}

/**
 * Reads what trainings have logged, and draws their learning curves over each other on a page.
 *
 * @throws {LammError} for settings that do not fit, a page that is taken, and folders without metrics.
 */
export async function runReportTask(
  paths: readonly string[],
  given: ReportTaskSettings,
  { tell, onlyNamed = false }: ReportContext = {},
): Promise<TrainingsReport> {
  const { out, force } = checkSettings(reportTask, given);
  const runs = await readRuns(paths);
  for (const { name, metrics } of runs) for (const text of metrics.remarks) tell?.(`${name}: ${text}`);
  if (onlyNamed && out === undefined) return { runs };
  const input = `${runs[0].name.replaceAll('/', '-')}.jsonl`;
  const page = resolveOutputPath({ input, out, suffix: '-report.html', force });
  await writeTrainingReport(page, runs);
  return { runs, page };
}
