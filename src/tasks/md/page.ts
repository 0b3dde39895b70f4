import { readFile } from 'node:fs/promises';
import { thermodynamicsOfLog } from '../../../md/analysis/log-table.js';
import type { MdFiles, RecordSummary } from '../../../md/record/record.js';
import { countOf } from '../../count-of.js';
import { calculatorWithHeads } from '../../report/heads.js';
import { writeReport } from '../analysis/analysis-report.js';
import { sampleTrajectory } from '../analysis/view-sampler.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';

/** What was simulated, in half a line. */
export function describeRun(
  { interrupted, steps, stepsHere, timestepFs, ensemble, atomCount, head }: RecordSummary,
  calculator: string,
): string {
  const here = stepsHere === steps ? '' : ` (${stepsHere} of them now)`;
  const by = calculatorWithHeads(calculator, head === undefined ? [] : [head]);
  return `${interrupted ? 'interrupted after ' : ''}${countOf(steps, 'step')}${here} of ${timestepFs} fs, ${ensemble}, ${countOf(atomCount, 'atom')} with ${by}`;
}

/** Writes a page about a simulation from its results and its files; `viewer` is a 3Dmol-min.js of the user's. */
export async function writeMdPage(
  path: string,
  summary: RecordSummary,
  { calculator, viewer }: { readonly calculator: string; readonly viewer?: string },
): Promise<void> {
  const { files, analysis, atomCount } = summary;
  const notices = analysis?.notices.map(({ message }) => `notice: ${message}`) ?? [];
  await writeReport(path, {
    title: `Molecular dynamics: ${files.trajectory}`,
    remarks: [describeRun({ ...summary, stepsHere: summary.steps }, calculator), ...notices],
    result: { atomCount, ...analysis, thermo: analysis?.thermo ?? (await thermodynamicsOf(files)) },
    drift: summary,
    frames: await sampleTrajectory(files.trajectory),
    library: loadViewerLibrary(viewer),
  });
}

async function thermodynamicsOf({ log }: MdFiles) {
  return thermodynamicsOfLog(await readFile(log, 'utf8'), { file: log });
}
