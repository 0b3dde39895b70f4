import { type CheckOptions, checkData, type DataReport } from './check-data.js';
import type { SampleFile } from './load-samples.js';
import type { PreparedData } from './prepare-data.js';
import type { Sample } from './sample.js';

/** Judges the data of a training as `checkData` does files: all samples of a level of theory, which share a head, together. */
export async function checkPrepared(
  { training, validation, test, heads }: Pick<PreparedData, 'training' | 'validation' | 'test' | 'heads'>,
  options: CheckOptions,
): Promise<Pick<DataReport, 'problems' | 'remarks'>> {
  const samples = [...training, ...validation, ...test];
  const reports = await Promise.all(
    heads.map((_, head) => checkData(filesOf(samples.filter(({ subset }) => (subset?.head ?? 0) === head)), options)),
  );
  return {
    problems: reports.flatMap(({ problems }) => problems),
    remarks: reports.flatMap(({ remarks }) => remarks),
  };
}

/** The samples by the files that they came from. */
function filesOf(samples: readonly Sample[]): SampleFile[] {
  const files = new Map<string, Sample[]>();
  for (const sample of samples) {
    const own = files.get(sample.origin.path) ?? [];
    files.set(sample.origin.path, own);
    own.push(sample);
  }
  return [...files].map(([path, own]) => ({
    file: { path, name: own[0].origin.file },
    samples: own,
    keyCounts: new Map(),
  }));
}
