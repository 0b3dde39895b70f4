import { isElementSymbol } from '../elements.js';
import { LammError } from '../errors.js';

/**
 * The element of an atom's label: its first two letters when they name one, or else its first (`Fe1`, `H_w`, `O-2`,
 * `SI`).
 *
 * @throws {LammError} `unknown-element`.
 */
export function elementOfLabel(label: string): string {
  const [, first = '', second = ''] = /^([A-Za-z])([A-Za-z])?/.exec(label) ?? [];
  const candidates = [first.toUpperCase() + second.toLowerCase(), first.toUpperCase()];
  const symbol = candidates.find(isElementSymbol);
  if (symbol !== undefined) return symbol;
  throw new LammError(
    'unknown-element',
    `expected a label that begins with an element such as "Fe1", found "${label}"`,
    { actual: label },
  );
}
