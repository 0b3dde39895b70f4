import { Command } from 'commander';
import { vi } from 'vitest';
import { applyConfigFile } from '../../src/cli/input/config-file.js';
import { optionNames } from '../../src/cli/input/setting-options.js';
import { nameSettings, tellRepeated } from '../../src/cli/output/output.js';
import { reportError } from '../../src/cli/output/report-error.js';

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command, which the first argument names, within the test process and catches what it prints and how it ends.
 */
export async function runCommand(
  register: (command: Command) => void,
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
  const program = new Command('lamm').exitOverride().configureOutput({ outputError: () => undefined });
  try {
    program.hook('preAction', (_, command) => {
      const names = optionNames(program);
      nameSettings((key) => names.get(key));
      return applyConfigFile(command);
    });
    register(program.command(args[0]));
    await program.parseAsync(args, { from: 'user' });
    tellRepeated();
    return { ...written, exitCode: Number(process.exitCode ?? 0) };
  } catch (error) {
    const exitCode = reportError(error, { names: optionNames(program) });
    tellRepeated();
    return { exitCode, ...written };
  } finally {
    process.exitCode = outerExitCode;
    for (const spy of spies) spy.mockRestore();
  }
}
