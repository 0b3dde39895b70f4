import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import type { TrainingJob } from '../../tasks/compare/run.js';
import { exitCode } from '../output/report-error.js';

const doneFile = 'done.json';

/** Whether the training has been done, with just these settings. */
async function isDone(job: TrainingJob): Promise<boolean> {
  const text = await readFile(join(job.folder, doneFile), 'utf8').catch(() => undefined);
  return text === describe(job);
}

/**
 * Runs `lamm pretrain` to its end in processes of its own, carrying on what was begun, unless that has been done; what
 * it says goes into `log.txt` of its folder.
 *
 * Returns false when it was interrupted.
 *
 * @throws {LammError} `engine` with the last line of the log when it fails.
 */
export async function runJob(job: TrainingJob): Promise<boolean> {
  if (await isDone(job)) return true;
  mkdirSync(job.folder, { recursive: true });
  const log = join(job.folder, 'log.txt');
  const settings = job.settings.flatMap((setting) => ['--set', setting]);
  const lamm = [process.argv[1], 'pretrain', '--config', job.config, ...settings, '--out', job.folder, '--resume'];
  const [program, ...args] = [...(job.ranks > 1 ? job.launcher : []), process.execPath, ...lamm];
  const code = await runLogged(program, args, log);
  if (code === exitCode.interrupted) return false;
  if (code !== exitCode.done)
    throw new LammError('engine', `the training failed: ${await lastLine(log)}`, { file: log });
  await writeFileAtomic(join(job.folder, doneFile), describe(job));
  return true;
}

function runLogged(program: string, args: readonly string[], log: string): Promise<number> {
  const output = openSync(log, 'w');
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', output, output] });
    child.on('error', () => reject(new LammError('engine', `"${program}" cannot be started; is it installed?`)));
    child.on('close', (code, signal) =>
      resolve(signal === 'SIGINT' || signal === 'SIGTERM' ? exitCode.interrupted : (code ?? 1)),
    );
  }).finally(() => closeSync(output));
}

async function lastLine(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  return (lines.findLast((line) => line.startsWith('error: ')) ?? lines.at(-1) ?? '').replace(/^error: /, '');
}

function describe({ settings, ranks }: TrainingJob): string {
  return `${JSON.stringify({ settings, ranks })}\n`;
}
