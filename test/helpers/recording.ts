import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calculator } from '../../calculators/calculator.js';
import { type MdFiles, type RecordOptions, type RecordSummary, recordMd } from '../../md/record/record.js';
import { type MdOptions, resolveMdOptions } from '../../md/settings.js';
import type { Structure } from '../../src/structure/structure.js';

/** Names of the files of a simulation. */
export function mdFiles(folder: string, name: string): MdFiles {
  const path = (ending: string) => join(folder, `${name}.${ending}`);
  return { trajectory: path('extxyz'), log: path('csv'), checkpoint: path('checkpoint') };
}

/** How to record, with options that are not resolved yet. */
export interface RecordRequest extends Omit<RecordOptions, 'md'> {
  readonly md: MdOptions;
}

/** Records until step `stopAt` was seen, then leaves like a killed process: without another word to the files. */
export async function recordUntil(
  structure: Structure,
  calculator: Calculator,
  { stopAt = Infinity, ...options }: RecordRequest & { stopAt?: number },
): Promise<RecordSummary | undefined> {
  const md = resolveMdOptions(options.md, calculator.capabilities);
  const states = recordMd(structure, calculator, { ...options, md });
  for (;;) {
    const next = await states.next();
    if (next.done) return next.value;
    if (next.value.step === stopAt) {
      await states.return(undefined as never); // leaving a loop gives no summary
      return undefined;
    }
  }
}

/** What lies in trajectory, log and checkpoint. */
export async function mdFileContents(files: MdFiles): Promise<string[]> {
  return Promise.all([files.trajectory, files.log, files.checkpoint].map((path) => readFile(path, 'utf8')));
}
