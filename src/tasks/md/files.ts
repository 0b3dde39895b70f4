import { statSync } from 'node:fs';
import type { AnalysisFiles } from '../../../md/analysis/write-analysis.js';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import type { MdFiles, RecordOptions } from '../../../md/record/record.js';
import { invalid } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';
import { assertOutputFormat } from '../structures/output-format.js';
import { assertFree, companionPath, resolveOutputPath } from '../structures/output-path.js';
import type { MdTaskSettings } from './schema.js';

/** Where a simulation of the structure in the file `input` is recorded. */
export async function mdFilesOf(input: string, given: MdTaskSettings): Promise<MdFiles> {
  const files = namedFilesOf(input, given);
  if (given.uncertaintySave !== undefined || !given.resume) return { ...files, uncertain: given.uncertaintySave };
  const recorded = await readMdCheckpoint(files.checkpoint).catch(() => undefined); // loading it says what is wrong
  return { ...files, uncertain: recorded?.settings.watch?.save };
}

function namedFilesOf(input: string, { trajectory: out, log, checkpoint, uncertaintySave }: MdTaskSettings): MdFiles {
  const trajectory = resolveOutputPath({ input, out, suffix: '-md.extxyz', force: true });
  for (const [key, path] of Object.entries({ trajectory, uncertaintySave })) {
    if (path !== undefined && !/\.(ext)?xyz$/i.test(path))
      throw invalid(key, { expected: 'a name ending in .extxyz or .xyz', actual: path });
  }
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
 * Makes sure, before anything is calculated, that nothing is overwritten but what `resume` continues, or `force` gives
 * up. A simulation that died before its first checkpoint has left empty files, which `resume` may fill.
 *
 * @throws {LammError} `file-exists`; `usage` for an output whose format cannot hold the structure.
 */
export function assertFilesFree(
  { files, journal, resumeFrom }: Pick<RecordOptions, 'files' | 'journal' | 'resumeFrom'>,
  structure: Structure,
  { force, out, resume, report, viewer }: MdTaskSettings,
): void {
  const isEmpty = (path: string) => statSync(path, { throwIfNoEntry: false })?.size === 0;
  const { trajectory, log, checkpoint, uncertain, analysis } = files;
  const ofWatch = uncertain === undefined ? [] : [uncertain];
  const companions = [...ofWatch, ...Object.values(analysis ?? {})].map((path) => [path, '`trajectory`'] as const);
  const recorded = [[trajectory, '`trajectory`'], [log, '`log`'], [checkpoint, '`checkpoint`'], ...companions] as const;
  for (const [path, option] of resumeFrom ? [] : recorded) assertFree(path, force || (resume && isEmpty(path)), option);
  if (out !== undefined) assertFree(out, force || journal.owns(out));
  if (report !== undefined) assertFree(report, force || journal.owns(report), '`report`');
  if (report !== undefined) loadViewerLibrary(viewer);
  if (out !== undefined) assertOutputFormat(out, [structure]);
}
