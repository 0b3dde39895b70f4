import { describe, expect, it } from 'vitest';
import { parseQuantity, type QuantityKind, unitsOf } from '../../src/settings/quantity.js';
import * as units from '../../src/units.js';

/** Text, kind and the number that it must give. */
const cases: readonly (readonly [string, QuantityKind, number])[] = [
  ['2', 'time', 2],
  ['2fs', 'time', 2],
  ['0.5 ps', 'time', 500],
  ['1e-15 s', 'time', 1],
  ['300', 'temperature', 300],
  ['300 K', 'temperature', 300],
  ['25 degC', 'temperature', 298.15],
  ['-1.5', 'pressure', -1.5],
  ['1 bar', 'pressure', 1e-4],
  ['10 kbar', 'pressure', 1],
  ['1 atm', 'pressure', 1.01325e-4],
  ['101325 Pa', 'pressure', 1.01325e-4],
  ['5', 'length', 5],
  ['6%', 'part', 0.06],
  ['0.5 %', 'part', 0.005],
  ['0.06', 'part', 0.06],
  ['5 A', 'length', 5],
  ['5 Å', 'length', 5],
  ['5 \u212b', 'length', 5],
  ['0.5 nm', 'length', 5],
  ['1 bohr', 'length', units.bohr],
  ['0.01 eV/A', 'force', 0.01],
  ['10 meV/Å', 'force', 0.01],
  ['1 hartree/bohr', 'force', units.hartree / units.bohr],
  ['.5 eV', 'energy', 0.5],
  ['20 meV', 'energy', 0.02],
  ['1 Ry', 'energy', units.hartree / 2],
  ['10/ps', 'rate', 0.01],
  ['10 ps^-1', 'rate', 0.01],
];

describe('quantities on the command line', () => {
  it('are round where they were written so', async () => {
    expect(await parseQuantity('2ps', 'time')).toBe(2000);
  });

  it.each(cases)('reads "%s" as a %s of %d', async (text, kind, expected) => {
    const value = await parseQuantity(text, kind);
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
  });

  it.each<QuantityKind>([
    ...(['time', 'temperature', 'pressure', 'length', 'force', 'energy', 'compressibility', 'rate', 'part'] as const),
  ])('names the units of a %s where another was written, each of which it takes', async (kind) => {
    await expect(parseQuantity('2 parsecs/day^7', kind)).rejects.toThrow(
      `found "2 parsecs/day^7"; units are ${unitsOf(kind).join(', ')}`,
    );
    for (const unit of unitsOf(kind)) expect(await parseQuantity(`2 ${unit}`, kind)).toBeGreaterThan(0);
  });

  it('gives bars as ASE does: 1 GPa is 1/160.21766208 eV/A^3', async () => {
    expect((await parseQuantity('10000 bar', 'pressure')) * units.GPa).toBeCloseTo(1 / 160.21766208, 12);
  });

  it.each([
    ['2 K', 'time'],
    ['fast', 'time'],
    ['', 'time'],
    ['fs', 'time'],
    ['2 fs + 1 fs', 'time'],
    ['1 fs 2', 'time'],
    ['Infinity', 'temperature'],
    ['NaN', 'temperature'],
    ['1e999', 'temperature'],
    ['300 k', 'pressure'],
    ['1 GPa; import("fs")', 'pressure'],
  ] as const)('refuses "%s" as a %s with an example of what is expected', async (text, kind) => {
    const refusal = await parseQuantity(text, kind, '--option').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'usage' });
    expect(String(refusal)).toMatch(
      new RegExp(`--option: expected a ${kind} such as "[^"]+" \\(or a number in .+\\), found "`),
    );
  });
});
