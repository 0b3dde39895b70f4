import { columnsOfLog, thermodynamicsOfLog } from '../../../md/analysis/log-table.js';
import type { RecordSummary } from '../../../md/record/record.js';
import { countOf } from '../../count-of.js';
import { readTextSync } from '../../io/bytes/read-file.js';
import { calculatorWithHeads } from '../../report/heads.js';
import { linePlot } from '../../report/line-plot.js';
import { writeReport } from '../analysis/analysis-report.js';
import { sampleTrajectory } from '../analysis/view-sampler.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';
import { describeWatch } from './watch.js';

/** What was simulated, in half a line. */
export function describeRun(
  { interrupted, uncertainty, steps, stepsHere, timestepFs, ensemble, atomCount, head }: RecordSummary,
  calculator: string,
): string {
  const here = stepsHere === steps ? '' : ` (${stepsHere} of them now)`;
  const by = calculatorWithHeads(calculator, head === undefined ? [] : [head]);
  const ended = uncertainty?.stopped ? 'stopped after ' : interrupted ? 'interrupted after ' : '';
  return `${ended}${countOf(steps, 'step')}${here} of ${timestepFs} fs, ${ensemble}, ${countOf(atomCount, 'atom')} with ${by}`;
}

/** Writes a page about a simulation from its results and its files; `viewer` is a 3Dmol-min.js of the user's. */
export async function writeMdPage(
  path: string,
  summary: RecordSummary,
  { calculator, viewer }: { readonly calculator: string; readonly viewer?: string },
): Promise<void> {
  const { files, analysis, atomCount, uncertainty } = summary;
  const log = readTextSync(files.log);
  const errors = uncertainty ? [`errors to expect: ${describeWatch(uncertainty, files.uncertain)}`] : [];
  const notices = analysis?.notices.map(({ message }) => `notice: ${message}`) ?? [];
  await writeReport(path, {
    title: `Molecular dynamics: ${files.trajectory}`,
    remarks: [describeRun({ ...summary, stepsHere: summary.steps }, calculator), ...errors, ...notices],
    result: { atomCount, ...analysis, thermo: analysis?.thermo ?? thermodynamicsOfLog(log, { file: files.log }) },
    drift: summary,
    frames: await sampleTrajectory(files.trajectory),
    library: loadViewerLibrary(viewer),
    plots: uncertainty ? plotErrors(columnsOfLog(log, ['time_fs', 'largest_force_error_eV_per_A'])) : [],
  });
}

function plotErrors([timesFs, errors]: readonly Float64Array[]): string[] {
  if (timesFs.length < 2) return [];
  const series = { name: 'largest', x: timesFs.map((time) => time / 1000), y: errors };
  return [
    linePlot([series], {
      title: 'Errors of force components to expect',
      xLabel: 'time (ps)',
      yLabel: 'error (eV/A)',
      include: 0,
    }),
  ];
}
