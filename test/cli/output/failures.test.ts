import { expect, it } from 'vitest';
import { atInput, exitCodeOfFailures } from '../../../src/cli/output/failures.js';
import { LammError, type LammErrorCode } from '../../../src/errors.js';

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
