import { describe, expect, it } from 'vitest';
import { compose, missingProduct, parseOperation, type SymmetryOperation } from '../../../src/io/cif/operations.js';
import { operationsOf, settingsOfNumber } from '../../../src/io/cif/space-groups.js';

const keyOf = ({ rotation, translation }: SymmetryOperation) =>
  `${rotation} ${translation.map((value) => Math.round(24 * value) % 24)}`;

/** By its definition: every product of two. */
function isGroup(operations: readonly SymmetryOperation[]): boolean {
  const keys = new Set(operations.map(keyOf));
  return operations.every((a) => operations.every((b) => keys.has(keyOf(compose(a, b)))));
}

describe('missingProduct', () => {
  it.each([1, 2, 14, 62, 88, 152, 167, 194, 227])('finds that the operations of group %i are one', (number) => {
    for (const setting of settingsOfNumber(number)) {
      const operations = operationsOf(setting);
      expect(missingProduct(operations)).toBeUndefined();
      expect(missingProduct(operations.toReversed())).toBeUndefined();
    }
  });

  it.each([14, 62, 88, 152, 194])('misses an operation that was taken out of group %i', (number) => {
    const operations = operationsOf(settingsOfNumber(number)[0]);
    operations.forEach((_, left) => {
      const rest = operations.filter((_, index) => index !== left);
      expect(isGroup(rest)).toBe(false);
      const missing = missingProduct(rest);
      expect(missing).toBeDefined();
      expect(rest.map(keyOf)).not.toContain(missing && keyOf(missing));
    });
  });

  it('agrees with the definition on every subset of a group of eight', () => {
    const operations = operationsOf(settingsOfNumber(47)[0]);
    expect(operations).toHaveLength(8);
    let groups = 0;
    for (let bits = 1; bits < 2 ** 8; bits++) {
      const subset = operations.filter((_, index) => bits & (1 << index));
      expect(missingProduct(subset) === undefined).toBe(isGroup(subset));
      groups += Number(isGroup(subset));
    }
    expect(groups).toBe(16); // subgroups of the product of three groups of two
  });

  it('ends with an operation whose powers never return', () => {
    expect(missingProduct([parseOperation('x+y,y,z')])).toBeDefined();
  });
});
