import { CommanderError } from 'commander';
import { LammError, type LammErrorCode } from '../../errors.js';
import { plainJson, plainText } from '../../report/plain-text.js';
import { spellSettings } from '../../settings/spell.js';

/** How a command ends. */
export const exitCode = {
  done: 0,
  bug: 1,
  badInput: 2,
  notConverged: 3,
  unstable: 4,
  uncertain: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'expected a file, found a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name of a file is too long',
  ELOOP: 'a link leads round in a circle',
};

interface Failure {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * Says on stderr what went wrong: one line for the user's mistakes, a stack for ours; a `--json` run gets
 * `{"error": ...}` on stdout too.
 *
 * @param names what users call the settings that messages name by their keys.
 * @returns the exit code that belongs to it.
 */
export function reportError(
  error: unknown,
  { json = false, names = new Map() }: { json?: boolean; names?: ReadonlyMap<string, string> } = {},
): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCode.done; // --help and --version
  const { exitCode: code, ...failure } = describe(error, (text) => spellSettings(text, (key) => names.get(key)));
  if (failure.message !== '') process.stderr.write(`error: ${failure.message}\n`);
  if (code === exitCode.bug)
    process.stderr.write(
      `${plainText(stackOf(error))}\nThis is a mistake in lamm, not in your input: please report it.\n`,
    );
  if (json) process.stdout.write(`${plainJson(JSON.stringify({ error: failure }))}\n`);
  return code;
}

function describe(error: unknown, spell: (text: string) => string): Failure {
  if (error instanceof CommanderError)
    return { exitCode: exitCode.badInput, code: 'usage', message: usageMessage(error) };
  if (error instanceof LammError) {
    const { code, details } = error;
    const message = spell(oneLine(error.message));
    return { exitCode: exitCodeOf(code), code, message, file: details.file, line: details.line };
  }
  const system = describeSystemError(error);
  if (system !== undefined) return system;
  return {
    exitCode: exitCode.bug,
    code: 'bug',
    message: oneLine(error instanceof Error ? error.message : String(error)),
  };
}

/** How a command ends for an error of the library. */
export function exitCodeOf(code: LammErrorCode): ExitCode {
  if (code === 'unstable' || code === 'non-finite') return exitCode.unstable;
  return code === 'graph' ? exitCode.bug : exitCode.badInput; // users do not build graphs
}

function describeSystemError(error: unknown): Failure | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  const isNul = error.code === 'ERR_INVALID_ARG_VALUE' && error.message.includes('null bytes');
  const meaning = isNul ? 'a path may have no NUL character in it' : systemErrors[error.code];
  if (meaning === undefined) return undefined;
  const file = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const code = error.code === 'ENOENT' ? 'file-not-found' : 'file-write';
  return { exitCode: exitCode.badInput, code, message: file === undefined ? meaning : `${file}: ${meaning}`, file };
}

/** Message of the option parser; when it has just shown the help, that says enough. */
function usageMessage({ code, message }: CommanderError): string {
  return code === 'commander.help' ? '' : oneLine(message.replace(/^error: /, ''));
}

function oneLine(text: string): string {
  return plainText(text.replace(/\s*\n\s*/g, ' ').trim());
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}
