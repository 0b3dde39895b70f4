import { statSync } from 'node:fs';
import type { AnalysisFiles } from '../../../md/analysis/write-analysis.js';
import type { MdFiles, RecordOptions } from '../../../md/record/record.js';
import { invalid } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';
import { assertOutputFormat } from '../structures/output-format.js';
import { assertFree, companionPath, resolveOutputPath } from '../structures/output-path.js';
import type { MdTaskSettings } from './schema.js';

/** Where a simulation of the structure in the file `input` is recorded. */
export function mdFilesOf(input: string, { trajectory: out, log, checkpoint }: MdTaskSettings): MdFiles {
  const trajectory = resolveOutputPath({ input, out, suffix: '-md.extxyz', force: true });
  if (!/\.(ext)?xyz$/i.test(trajectory))
    throw invalid('trajectory', { expected: 'a name ending in .extxyz or .xyz', actual: trajectory });
  return {
    trajectory,
    log: log ?? companionPath(trajectory, '.csv'),
    checkpoint: checkpoint ?? companionPath(trajectory, '.checkpoint'),
    lastGood: companionPath(trajectory, '-last-good.extxyz'),
  };
}

/** Names of the results of analyses, beside the trajectory. */
export function analysisFilesOf(trajectory: string): AnalysisFiles {
  return { json: companionPath(trajectory, '-analysis.json'), csv: companionPath(trajectory, '-analysis.csv') };
}

/**
 * Makes sure, before anything is calculated, that nothing is overwritten but what `resume` continues, or `force` gives up.
 * A simulation that died before its first checkpoint has left empty files, which `resume` may fill.
 *
 * @throws {LammError} `file-exists`; `usage` for an output whose format cannot hold the structure.
 */
export function assertFilesFree(
  { files, journal, resumeFrom }: Pick<RecordOptions, 'files' | 'journal' | 'resumeFrom'>,
  structure: Structure,
  { force, out, resume, report, viewer }: MdTaskSettings,
): void {
  const isEmpty = (path: string) => statSync(path, { throwIfNoEntry: false })?.size === 0;
  const { trajectory, log, checkpoint, analysis } = files;
  const recorded = [trajectory, log, checkpoint, ...Object.values(analysis ?? {})];
  for (const path of resumeFrom ? [] : recorded) assertFree(path, force || (resume && isEmpty(path)));
  for (const path of [out, report]) if (path !== undefined) assertFree(path, force || journal.owns(path));
  if (report !== undefined) loadViewerLibrary(viewer);
  if (out !== undefined) assertOutputFormat(out, [structure]);
}
