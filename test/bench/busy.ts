import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Processes that keep all cores but so many busy, until they are disposed, at the latest after ten minutes. */
export function keepBusy(freeCores: number): Disposable & { readonly count: number } {
  const count = Math.max(0, availableParallelism() - freeCores);
  const script = 'const end = Date.now() + 600_000; while (Date.now() < end);';
  const children = Array.from({ length: count }, () => spawn(process.execPath, ['-e', script], { stdio: 'ignore' }));
  return {
    count,
    [Symbol.dispose]: () => {
      for (const child of children) child.kill();
    },
  };
}
