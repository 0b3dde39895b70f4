import type { Observables } from '../../../md/analysis/observables.js';
import type { Drift } from '../../../md/state/drift.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatReport } from '../../report/page.js';
import type { ViewFrame } from '../../report/trajectory-view.js';
import { analysisPlots } from './analysis-plots.js';
import { summaryTable } from './analysis-text.js';

export interface AnalysisReport {
  readonly title: string;
  /** Sentences under the title. */
  readonly remarks: readonly string[];
  readonly result: Observables;
  /** Of the conserved energy over all steps, where it is known. */
  readonly drift?: Drift;
  /** To be looked at. */
  readonly frames: readonly ViewFrame[];
  /** The program text of 3Dmol.js, if it is there. */
  readonly library?: string;
  /** Further pictures. */
  readonly plots?: readonly string[];
}

/** Writes results as one page with a table, pictures and the atoms in space. */
export async function writeReport(
  path: string,
  { title, remarks, result, drift, frames, library, plots = [] }: AnalysisReport,
): Promise<void> {
  const table = summaryTable(result, drift);
  const page = formatReport({
    title,
    remarks,
    ...(table.length > 1 && { table }),
    view: { frames, ...(library !== undefined && { library }) },
    plots: [...analysisPlots(result), ...plots],
  });
  await writeFileAtomic(path, page);
}
