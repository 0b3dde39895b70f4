import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built program; `npm run build` makes it. */
export const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `lamm` in `cwd` with `input` on its standard input. */
export function runCli(
  args: readonly string[],
  { cwd, input = '' }: { cwd?: string; input?: string } = {},
): Promise<RunResult> {
  if (!existsSync(program)) throw new Error('expected the built program; run "npm run build" first');
  return runProcess(process.execPath, [program, ...args], { cwd, input });
}

/** Runs a program to its end and catches what it prints. */
export function runProcess(
  command: string,
  args: readonly string[],
  { cwd, input = '', env }: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    const written = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      written.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      written.stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...written }));
    child.stdin.on('error', () => undefined); // a program that refuses its options does not read
    child.stdin.end(input);
  });
}
