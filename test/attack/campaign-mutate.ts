import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MutationReport } from './attack-file.js';
import { fillCorpus } from './corpus.js';
import type { Effort, Tally } from './tally.js';

const reader = fileURLToPath(new URL('./read-mutated.js', import.meta.url));
const batch = 2000;
/** A reader that says nothing for this long, in ms, hangs. */
const patience = 300_000;

type Answer = MutationReport | { readonly began: number } | { readonly done: true };

/**
 * Damages sound files of every format at random and reads them: an answer, or an error with its place, and nothing
 * else.
 */
export async function attackByMutation({ seed, share, folder, deadline }: Effort): Promise<Tally> {
  const corpus = join(folder, 'corpus');
  await fillCorpus(corpus);
  const wanted = Math.round(100_000 * share);
  const faults: string[] = [];
  let [attacks, slowest] = [0, 0];
  for (let from = seed; from < seed + wanted && performance.now() < deadline; ) {
    const to = Math.min(seed + wanted, from + batch);
    const { reports, next, hung } = await readBatch({ from, to, corpus, folder });
    attacks += reports.length;
    for (const report of reports) {
      slowest = Math.max(slowest, report.seconds);
      if (report.fault !== undefined) faults.push(`seed ${report.seed}, ${report.fault}`);
    }
    if (hung !== undefined) faults.push(`seed ${hung}: no answer, or the end of the process`);
    from = next;
  }
  return { name: 'mutated files', attacks, faults, notes: `the slowest took ${slowest.toFixed(2)} s of the processor` };
}

interface Batch {
  readonly from: number;
  readonly to: number;
  readonly corpus: string;
  readonly folder: string;
}

interface BatchResult {
  readonly reports: readonly MutationReport[];
  /** Where to go on. */
  readonly next: number;
  /** The input that the reader did not come back from. */
  readonly hung?: number;
}

/** A process of its own reads a batch, so that one that hangs or dies costs no more than its input. */
function readBatch(request: Batch): Promise<BatchResult> {
  return new Promise((resolve) => {
    const child = fork(reader, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const reports: MutationReport[] = [];
    let current = request.from;
    let isDone = false;
    let timer = setTimeout(() => child.kill('SIGKILL'), patience);
    child.on('message', (answer: Answer) => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), patience);
      if ('began' in answer) current = answer.began;
      else if ('seed' in answer) reports.push(answer);
      else {
        isDone = true;
        child.disconnect();
      }
    });
    child.on('exit', () => {
      clearTimeout(timer);
      resolve(isDone ? { reports, next: request.to } : { reports, next: current + 1, hung: current });
    });
    child.send(request);
  });
}
