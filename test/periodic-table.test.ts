import { describe, expect, it } from 'vitest';
import { atomicNumber, elementCount } from '../src/elements.js';
import { periodicPlace } from '../src/periodic-table.js';

describe('the periodic table', () => {
  it.each([
    ['H', 1, 1, 's'],
    ['He', 1, 18, 's'],
    ['Be', 2, 2, 's'],
    ['B', 2, 13, 'p'],
    ['Ar', 3, 18, 'p'],
    ['Sc', 4, 3, 'd'],
    ['Zn', 4, 12, 'd'],
    ['Ga', 4, 13, 'p'],
    ['Y', 5, 3, 'd'],
    ['Ba', 6, 2, 's'],
    ['La', 6, 3, 'f'],
    ['Yb', 6, 3, 'f'],
    ['Lu', 6, 3, 'd'],
    ['Hf', 6, 4, 'd'],
    ['Au', 6, 11, 'd'],
    ['U', 7, 3, 'f'],
    ['Og', 7, 18, 'p'],
  ] as const)('has %s in period %d, group %d, %s block', (symbol, period, group, block) => {
    expect(periodicPlace(atomicNumber(symbol))).toEqual({ period, group, block });
  });

  it('has a place of its own for every element outside group 3', () => {
    const places = Array.from({ length: elementCount }, (_, index) => periodicPlace(index + 1));
    const outside = places.filter(({ group }) => group !== 3).map(({ period, group }) => `${period} ${group}`);
    expect(new Set(outside).size).toBe(outside.length);
    expect(places.filter(({ block }) => block === 'f')).toHaveLength(28);
  });
});
