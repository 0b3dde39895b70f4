import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** A process with what it has written so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  /** Resolves when stderr has `text`; rejects when the process ends without. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Starts a process and follows what it writes. */
export function start(command: string, args: readonly string[], input = ''): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stdin.on('error', () => undefined); // it may not read
  child.stdin.end(input);
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
    });
  }
  const ended: Running['ended'] = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...written }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (written.stderr.includes(text)) resolve();
      };
      child.stderr.on('data', look);
      look();
      ended.then(() => reject(new Error(`ended without saying "${text}": ${written.stderr}`)));
    });
  return { child, written, said, ended };
}

/** The LAMMPS on the path that has `fix ipi`; undefined where there is none. */
export function findLammps(): string | undefined {
  return ['lmp', 'lammps', 'lmp_serial'].find((name) => {
    const { status, stdout } = spawnSync(name, ['-h'], { encoding: 'utf8', timeout: 30_000 });
    return status === 0 && /\bipi\b/.test(stdout);
  });
}
