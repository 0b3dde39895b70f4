/**
 * `lamm` with the commands that keep a run, as a process that kills itself at the change of a file that the environment
 * says: `LAMM_TEST_DEATH=12` before the twelfth, `12.5` right after it.  Without it, the number of changes is printed
 * at the end.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const death = Number(process.env.LAMM_TEST_DEATH ?? 'Infinity');
let changes = 0;

function dieAt(moment: number): void {
  if (moment === death) process.kill(process.pid, 'SIGKILL');
}

type Change = (...args: unknown[]) => unknown;

function wrap(functions: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const original = functions[name] as Change; // a function of node:fs
    functions[name] = (...args: unknown[]) => {
      const change = ++changes;
      dieAt(change);
      const result = original.apply(functions, args);
      if (!(result instanceof Promise)) dieAt(change + 0.5);
      return result instanceof Promise ? result.finally(() => dieAt(change + 0.5)) : result;
    };
  }
}

wrap(fs as unknown as Record<string, unknown>, ['renameSync', 'rmSync', 'truncateSync']);
wrap(fs.promises as unknown as Record<string, unknown>, ['rename', 'link', 'rm', 'unlink']);
syncBuiltinESMExports();

await import('./md-process.js');
if (death === Infinity) console.log(`changes: ${changes}`);
