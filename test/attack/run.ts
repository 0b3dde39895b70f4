import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line. */
const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const hook = new URL('./kill-at.js', import.meta.url).href;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** Whether it was stopped because its time was over, which says nothing of it on a busy machine. */
  readonly isLate: boolean;
}

export interface Run {
  readonly args: readonly string[];
  readonly folder: string;
  /** Where it is to be killed: `3:before`. */
  readonly killAt?: string;
  /** File that gets the number of places where it could be. */
  readonly countTo?: string;
  /** Stopped after this time, in ms. */
  readonly timeout?: number;
}

/** Runs the command line to its end. */
export function runLamm({ args, folder, killAt, countTo, timeout = 1_800_000 }: Run): Promise<Ended> {
  const env = {
    ...process.env,
    ...(killAt !== undefined && { LAMM_KILL_AT: killAt }),
    ...(countTo !== undefined && { LAMM_KILL_COUNT: countTo }),
  };
  const isWatched = killAt !== undefined || countTo !== undefined;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...(isWatched ? ['--import', hook] : []), program, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeout);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal, stderr, isLate });
    });
  });
}

/** The last line of what a program said, for a fault. */
export function lastLine({ stderr, exitCode, signal }: Ended): string {
  return `${signal ?? `exit ${exitCode}`}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}
