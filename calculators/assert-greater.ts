import { LammError } from '../src/errors.js';

/**
 * @throws {LammError} `usage` unless `value` is finite and greater than `least`.
 */
export function assertGreater(value: number, least: number, quantity: string): void {
  if (Number.isFinite(value) && value > least) return;
  const expected = `a finite number greater than ${least}`;
  throw new LammError('usage', `${quantity}: expected ${expected}, found ${value}`, {
    quantity,
    expected,
    actual: `${value}`,
  });
}
