import { describe, expect, it } from 'vitest';
import { type CalculatorName, calculatorNames, createCalculator } from '../../calculators/create-calculator.js';
import { createStructure } from '../../src/structure/structure.js';

describe('createCalculator', () => {
  it('creates the classical potentials by name', () => {
    expect(calculatorNames).toEqual(['lamm-s', 'lamm-l', 'lj', 'emt', 'morse', 'ipi']);
    for (const name of ['lj', 'emt', 'morse'] as const) expect(createCalculator(name).name).toBe(name);
  });

  it('hands the options on, and takes undefined for absent', async () => {
    const calculator = createCalculator('lj', {
      epsilon: 0.5,
      sigma: 2,
      cutoff: 7,
      onset: undefined,
      smooth: undefined,
    });
    const pair = createStructure({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 2, 0, 0] });
    expect(calculator.capabilities.cutoff).toBe(7);
    expect((await calculator.calculate(pair)).energy).toBeCloseTo(-2 * ((2 / 7) ** 12 - (2 / 7) ** 6), 14);
  });

  it.each([
    [
      'lj',
      { epsilom: 1 },
      'unknown option of calculator "lj" "epsilom"; did you mean "epsilon"? Known are: epsilon, sigma, cutoff, smooth, onset, threads',
    ],
    ['emt', { threads: 513 }, '`threads`: expected at most 512, found 513'],
    ['emt', { asap: true }, 'unknown option of calculator "emt" "asap"; known are: threads'],
    ['lj', { sigma: '3.4' }, 'lj: sigma: expected a number, found "3.4"'],
    ['lj', { smooth: 1 }, 'lj: smooth: expected a boolean, found 1'],
    ['morse', { r0: Number.NaN }, 'morse: r0: expected a number, found NaN'],
    ['ipi', {}, 'expected an address such as unix:NAME, /full/path or HOST:PORT, found ""'],
    ['lamm-s', { model: 3 }, 'lamm-s: model: expected a path or a loaded model, found 3'],
    ['lennard-jones', {}, 'unknown calculator "lennard-jones"; known are: lamm-s, lamm-l, lj, emt, morse, ipi'],
    ['toString', {}, 'unknown calculator "toString"; known are: lamm-s, lamm-l, lj, emt, morse, ipi'],
  ])('refuses %s with %j', (name, options, message) => {
    const create = () => createCalculator(name as CalculatorName, options); // also names that a program without types may pass
    expect(create).toThrow(expect.objectContaining({ code: 'usage', message }));
  });
});
