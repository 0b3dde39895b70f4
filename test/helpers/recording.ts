import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calculator } from '../../calculators/calculator.js';
import {
  type MdFiles,
  type OpenRecordOptions,
  openRecord,
  type RecordOptions,
  type RecordSummary,
  recordMd,
} from '../../md/record/record.js';
import { type MdOptions, resolveMdOptions } from '../../md/settings.js';
import type { Structure } from '../../src/structure/structure.js';

/** Names of the files of a simulation. */
export function mdFiles(folder: string, name: string): MdFiles {
  const path = (ending: string) => join(folder, `${name}.${ending}`);
  return { trajectory: path('extxyz'), log: path('csv'), checkpoint: path('checkpoint') };
}

/** A simulation to be recorded by `recordUntil`, which opens its files; its options are not resolved yet. */
export interface RecordRequest extends Omit<RecordOptions, 'md' | 'journal' | 'resumeFrom'>, OpenRecordOptions {
  readonly md: MdOptions;
  /** Whether to go on from the checkpoint that is there. */
  readonly resume?: boolean;
  readonly stopAt?: number;
}

/** Records until step `stopAt` was seen, then leaves like a killed process: without another word to the files. */
export async function recordUntil(
  structure: Structure,
  calculator: Calculator,
  { stopAt = Infinity, resume = false, ...options }: RecordRequest,
): Promise<RecordSummary | undefined> {
  const md = resolveMdOptions(options.md, calculator.capabilities);
  await using journal = await openRecord(options.files, options);
  const resumeFrom = resume ? await journal.load() : undefined;
  const states = recordMd(structure, calculator, { ...options, md, journal, resumeFrom });
  for (;;) {
    const next = await states.next();
    if (next.done) return next.value;
    if (next.value.step === stopAt) {
      await states.return(undefined as never); // leaving a loop gives no summary
      return undefined;
    }
  }
}

/** What lies in trajectory, log and checkpoint; every byte is a character. */
export async function mdFileContents(files: MdFiles): Promise<string[]> {
  return Promise.all([files.trajectory, files.log, files.checkpoint].map((path) => readFile(path, 'latin1')));
}
