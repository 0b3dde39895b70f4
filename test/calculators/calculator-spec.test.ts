import { describe, expect, it } from 'vitest';
import { parseCalculatorSpec } from '../../calculators/calculator-spec.js';

describe('--calculator NAME[:key=value,...]', () => {
  it('reads a name alone', () => {
    expect(parseCalculatorSpec('emt')).toEqual({ name: 'emt', options: {} });
  });

  it('reads numbers and switches after the name', () => {
    expect(parseCalculatorSpec('lj:epsilon=0.0104,sigma=3.4,cutoff=8.5,smooth=true')).toEqual({
      name: 'lj',
      options: { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5, smooth: true },
    });
  });

  it('takes a switch alone for true, and spaces around', () => {
    expect(parseCalculatorSpec('lj: sigma = 3.4 , smooth').options).toEqual({ sigma: 3.4, smooth: true });
  });

  it.each([
    ['emtt', 'unknown calculator "emtt"; did you mean "emt"?'],
    ['quantum-espresso', 'unknown calculator "quantum-espresso"; known are: lamm-s, lamm-l, lj, emt, morse, ipi'],
    ['lj:epsilom=1', 'unknown option of calculator "lj" "epsilom"; did you mean "epsilon"?'],
    ['emt:cutoff=5', 'unknown option of calculator "emt" "cutoff"'],
    ['lj:sigma=big', 'calculator lj: sigma: expected a number, found "big"'],
    ['lj:sigma=', 'calculator lj: sigma: expected a number, found ""'],
    ['lj:smooth=yes', 'calculator lj: smooth: expected true or false, found "yes"'],
    ['lj:sigma=1,sigma=2', '"sigma" is given twice'],
    ['lj:toString=1', 'unknown option of calculator "lj" "toString"'],
    ['constructor', 'unknown calculator "constructor"'],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseCalculatorSpec(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
    );
  });
});
