import { Command } from 'commander';
import { vi } from 'vitest';
import { applyConfigFile } from '../../src/cli/input/config-file.js';
import { reportError } from '../../src/cli/output/report-error.js';

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the command line within the test process and catches what it prints and how it ends. */
export async function runCommand(
  register: (program: Command) => void,
  args: readonly string[],
): Promise<CommandOutcome> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  const outerExitCode = process.exitCode;
  process.exitCode = undefined;
  try {
    const program = new Command('lamm').exitOverride().configureOutput({ outputError: () => undefined });
    program.hook('preAction', (_, command) => applyConfigFile(command));
    register(program);
    for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => undefined });
    await program.parseAsync(args, { from: 'user' });
    return { ...written, exitCode: Number(process.exitCode ?? 0) };
  } catch (error) {
    return { exitCode: reportError(error), ...written };
  } finally {
    process.exitCode = outerExitCode;
    for (const spy of spies) spy.mockRestore();
  }
}
