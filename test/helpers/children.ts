import type { ChildProcess } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

/** How a process ended: its exit code or the signal, and what it said on stderr. */
export interface ChildEnd {
  readonly end: string | number | null;
  readonly stderr: string;
}

export function ended(child: ChildProcess): Promise<ChildEnd> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ end: signal ?? code, stderr })));
}

/** Waits until something holds, however long a busy machine takes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(2);
}
