import { expect, it } from 'vitest';
import { exitCodeOfFailures, failureLines } from '../../../src/cli/output/failures.js';
import { LammError, type LammErrorCode } from '../../../src/errors.js';
import { atInput } from '../../../src/tasks/structures/failed-input.js';

const failed = (code: LammErrorCode) => ({ file: 'a.cif', frame: 1, error: { code, message: '' } });

it('ends as the worst failure does alone: an explosion before bad input', () => {
  expect(exitCodeOfFailures([])).toBeUndefined();
  expect(exitCodeOfFailures([failed('unsupported-element')])).toBe(2);
  expect(exitCodeOfFailures([failed('non-finite'), failed('structure')])).toBe(4);
});

it('names file and frame of an error that names no file', () => {
  const place = { file: 'a.cif', frame: 3 };
  expect(atInput(new LammError('structure', 'too close'), place)).toMatchObject({
    message: 'a.cif: frame 3: too close',
    code: 'structure',
  });
  const elsewhere = new LammError('format', 'cut', { file: 'model' });
  expect(atInput(elsewhere, place)).toBe(elsewhere);
});

it('names what failed for one reason in one line, and lists what is known once', () => {
  const failedFor = (file: string, message: string) =>
    ({ file, frame: 1, error: { code: 'unsupported-element', message } }) as const;
  const lines = failureLines([
    ...['a', 'b', 'c', 'd', 'e'].map((file) => failedFor(file, 'no Fe (known are H, O)')),
    failedFor('f', 'no Au (known are H, O)'),
    failedFor('g', 'too close'),
  ]);
  expect(lines).toEqual([
    'a: frame 1, b: frame 1, c: frame 1 and 2 more: no Fe (known are H, O)',
    'f: frame 1: no Au',
    'g: frame 1: too close',
  ]);
});
