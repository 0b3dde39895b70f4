import { describe, expect, it } from 'vitest';
import { pointSet } from '../../../pretrain/embedding/neighbors.js';
import { periodicityOf } from '../../../pretrain/embedding/periodicity.js';
import { periodicPlace } from '../../../src/periodic-table.js';
import { createRandom } from '../../../src/random.js';

const numbers = [1, 3, 6, 8, 9, 11, 13, 14, 17, 22, 26, 29, 32, 35, 42, 47, 50, 53, 74, 79];

describe('periodicity', () => {
  it('is one where distances are those of the table', () => {
    const points = pointSet(numbers.map((number) => [periodicPlace(number).group, periodicPlace(number).period]));
    const { table, group, period, elementCount } = periodicityOf(points, numbers, createRandom(1)) ?? {};
    expect(elementCount).toBe(20);
    expect(table?.correlation).toBeCloseTo(1, 10);
    expect(table?.pValue).toBe(0.001);
    expect(group?.correlation).toBeGreaterThan(0.8);
    expect(period?.correlation).toBeLessThan(0.6);
  });

  it('is none for random places: rarely above what one in twenty random exchanges gives', () => {
    const random = createRandom(8);
    const tests = Array.from({ length: 60 }, () => {
      const points = pointSet(numbers.map(() => Array.from({ length: 8 }, () => random.normal())));
      return periodicityOf(points, numbers, random)?.table;
    });
    const mean = tests.reduce((sum, test) => sum + (test?.correlation ?? 1), 0) / tests.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(tests.filter((test) => (test?.pValue ?? 0) <= 0.05).length).toBeLessThanOrEqual(9); // 3 expected
  });

  it('has p-values that are evenly spread where there is no relation, also with elements far from all others', () => {
    const random = createRandom(9);
    const few = numbers.slice(0, 9);
    const pValues = Array.from({ length: 200 }, () => {
      const points = pointSet(few.map(() => [Math.exp(2 * random.normal()), random.normal()]));
      return periodicityOf(points, few, random)?.table.pValue ?? Number.NaN;
    });
    const shareBelow = (limit: number) => pValues.filter((pValue) => pValue <= limit).length / pValues.length;
    for (const limit of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const spread = Math.sqrt((limit * (1 - limit)) / pValues.length);
      expect(Math.abs(shareBelow(limit) - limit)).toBeLessThan(3.5 * spread);
    }
  });

  it('says nothing of three elements', () => {
    expect(periodicityOf(pointSet([[0], [1], [2]]), [1, 6, 8], createRandom(1))).toBeUndefined();
  });
});
