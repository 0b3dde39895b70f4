import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reportError } from '../../../src/cli/output/report-error.js';
import { LammError, UnstableError } from '../../../src/errors.js';
import { assertFree } from '../../../src/tasks/structures/output-path.js';

const written = { stdout: '', stderr: '' };
beforeEach(() => {
  for (const name of ['stdout', 'stderr'] as const) {
    written[name] = '';
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

const systemError = (code: string, path?: string) => Object.assign(new Error(`${code}: raw`), { code, path });

function pathError(path: string): unknown {
  try {
    return statSync(path);
  } catch (error) {
    return error;
  }
}

describe('reportError', () => {
  it.each<[what: string, error: unknown, exitCode: number, stderr: string]>([
    ['bad input', new LammError('format', 'expected 3', { file: 'a.cif', line: 7 }), 2, 'error: a.cif:7: expected 3\n'],
    ['a message of two lines', new LammError('format', 'expected 3,\n  found 2'), 2, 'error: expected 3, found 2\n'],
    ['an explosion', new UnstableError('unstable', 'T rose to 1e6 K'), 4, 'error: T rose to 1e6 K\n'],
    ['a result that is no number', new LammError('non-finite', 'the energy is NaN'), 4, 'error: the energy is NaN\n'],
    [
      'an unknown option',
      new CommanderError(1, 'commander.unknownOption', "error: unknown option '-x'"),
      2,
      "error: unknown option '-x'\n",
    ],
    ['a full disk', systemError('ENOSPC'), 2, 'error: the disk is full\n'],
    ['a name without end', systemError('ENAMETOOLONG'), 2, 'error: the name of a file is too long\n'],
    ['a link to itself', systemError('ELOOP', 'a'), 2, 'error: a: a link leads round in a circle\n'],
    ['a path with NUL', pathError('a\0b'), 2, 'error: a path may have no NUL character in it\n'],
    ['a file without permission', systemError('EACCES', 'a.cif'), 2, 'error: a.cif: permission denied\n'],
    ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0, ''],
    ['help that was shown instead', new CommanderError(1, 'commander.help', '(outputHelp)'), 2, ''],
  ])('reports %s', (_, error, exitCode, stderr) => {
    expect(reportError(error)).toBe(exitCode);
    expect(written).toEqual({ stdout: '', stderr });
  });

  it.each<[what: string, error: unknown]>([
    ['a mistake in the program', new TypeError('x is not a function')],
    ['a graph that is built wrongly', new LammError('graph', 'x is not a function')],
    [
      'an error of the system that has no meaning for users',
      Object.assign(new Error('x is not a function'), { code: 'ERR_X' }),
    ],
  ])('shows the stack of %s and ends with exit code 1', (_, error) => {
    expect(reportError(error)).toBe(1);
    expect(written.stderr).toMatch(
      /^error: x is not a function\n.*x is not a function\n\s+at .*report-error\.test\.ts/s,
    );
  });

  it('names the option that replaces a file that exists', () => {
    const names = new Map([
      ['force', '--force'],
      ['trajectory', '--trajectory'],
    ]);
    const path = fileURLToPath(import.meta.url);
    const refused = () => assertFree(path, false, '`trajectory`');
    expect(refused).toThrow(LammError);
    try {
      refused();
    } catch (error) {
      reportError(error, { names });
    }
    expect(written.stderr).toMatch(/report-error\.test\.ts: the output exists already; .* --trajectory, .* --force\n$/);
  });

  it('prints an object too when the output is JSON', () => {
    reportError(new LammError('format', 'expected 3', { file: 'a.cif', line: 7 }), { json: true });
    expect(JSON.parse(written.stdout)).toEqual({
      error: { code: 'format', message: 'a.cif:7: expected 3', file: 'a.cif', line: 7 },
    });
    expect(written.stderr).toBe('error: a.cif:7: expected 3\n');
  });
});
