import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOfContent, formatOfName } from '../../../src/io/formats.js';
import { iterateEspressoOutput, parseEspressoOutput } from '../../../src/io/quantum-espresso/espresso-output.js';
import { bohr, rydberg } from '../../../src/io/quantum-espresso/espresso-units.js';
import { symbolsOf } from '../../../src/structure/structure.js';
import { attempt, chunksOf, readFixture } from '../cut-files.js';

const text = readFixture('qe/handmade__water_two_steps.pwo');

function expectNear(actual: ArrayLike<number> | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(actual?.[index]).toBeCloseTo(value, 9));
}

describe('output of pw.x', () => {
  it('gives each structure with the energy, forces and stress that follow it, and none without an energy', () => {
    const steps = parseEspressoOutput(text);
    expect(steps.map(({ labels }) => labels.energy)).toEqual([-34 * rydberg, -34.1 * rydberg]);
    expect(steps.map(({ info }) => info.free_energy)).toEqual([-34 * rydberg, -34.1 * rydberg]);
    expect(symbolsOf(steps[0])).toEqual(['H', 'H', 'O']);
    expectNear(
      steps[1].labels.forces?.subarray(0, 3),
      [0.01, -0.02, 0.03].map((value) => (value * rydberg) / bohr),
    );
  });

  it('takes no warning about the input for a table of positions', () => {
    const warned = text.replace(/^ *number of atoms/m, '     ATOMIC_POSITIONS: units set to alat\n$&');
    expect(warned).not.toBe(text);
    expect(parseEspressoOutput(warned)).toEqual(parseEspressoOutput(text));
  });

  it('gives the structure of a run for bands, which has no energy, but not of a cycle that did not converge', () => {
    const head = text.slice(0, text.search(/^!/m));
    const [bands, ...others] = parseEspressoOutput(`${head}     End of band structure calculation\n\n   JOB DONE.\n`);
    expect(others).toEqual([]);
    expect(symbolsOf(bands)).toEqual(['H', 'H', 'O']);
    expect([bands.labels, bands.info]).toEqual([{}, {}]);
    expect(() => parseEspressoOutput(`${head}     convergence NOT achieved\n\n   JOB DONE.\n`)).toThrow(
      /converged total energy.* or finished bands/,
    );
  });

  it('is known by its name and by its content', () => {
    expect(formatOfName('a/water.pwo.gz')).toBe('espresso-out');
    expect(formatOfContent(text)).toBe('espresso-out');
  });

  it('turns lattice parameters and crystal coordinates into angstrom', () => {
    const [first, second] = parseEspressoOutput(text);
    expectNear(
      first.cell,
      [10, 0, 0, 1, 12, 0, 0, 0, 15].map((value) => value * bohr),
    );
    expectNear(first.positions.subarray(0, 3), [1.5 * bohr, bohr, 0]);
    expectNear(
      second.cell,
      [11, 0, 0, 0, 12, 0, 0, 0, 15].map((value) => value * bohr),
    );
    expectNear(second.positions.subarray(0, 3), [2.75 * bohr, 1.2 * bohr, 0]);
  });

  it('gives the stress positive under tension in the order xx yy zz yz xz xy', () => {
    expectNear(
      parseEspressoOutput(text)[0].labels.stress,
      [1e-4, 2e-4, 3e-4, 6e-6, 5e-6, 4e-6].map((value) => (-value * rydberg) / bohr ** 3),
    );
  });

  it('reads which directions are fixed', () => {
    const [first, second] = parseEspressoOutput(text);
    expect(first.fixed).toBeUndefined();
    expect([...(second.fixed ?? [])]).toEqual([0, 1, 0, 0, 0, 0, 1, 1, 1]);
  });

  it.each([
    [
      'version 7',
      'Magnetic moment per site  (integrated on atomic sphere of radius R)',
      (atom: number, moment: string) => `     atom   ${atom} (R=0.411)  charge= 10.9188  magn=${moment}`,
    ],
    [
      'version 5',
      'Magnetic moment per site:',
      (atom: number, moment: string) =>
        `     atom:    ${atom}    charge:   10.9188    magn: ${moment}    constr:    9.0000`,
    ],
  ])('gives the latest magnetic moments of a step, as %s prints them', (_, title, row) => {
    const table = (moments: readonly string[]) =>
      [`     ${title}`, ...moments.map((moment, atom) => row(atom + 1, moment)), '', ''].join('\n');
    const tables = table(['  9.0000', '  9.0000', '  9.0000']) + table(['  2.5000', ' -1.2500', '  0.0000']);
    const [first, second] = parseEspressoOutput(text.replace(/^!/m, `${tables}!`));
    expect(first.arrays).toEqual({ magmoms: { width: 1, values: Float64Array.of(2.5, -1.25, 0) } });
    expect(second.arrays).toEqual({});
    expect(() => parseEspressoOutput(text.replace(/^!/m, `${table(['********'])}!`))).toThrow(
      /moment of a site, found "\*/,
    );
  });

  it('gives three components of the moments of a run that is not collinear', () => {
    const site = (atom: number, moment: string) =>
      `     atom number    ${atom} relative position :    0.0000   0.0000   0.0000\n     charge :    10.9\n     magnetization :      ${moment}\n     magnetization/charge:    9.000000    9.000000    9.000000\n`;
    const sites = site(1, '    1.000000    2.000000   -3.000000') + site(2, '0. 0. 0.') + site(3, '4. 5. 6.');
    expect(parseEspressoOutput(text.replace(/^!/m, `${sites}!`))[0].arrays).toEqual({
      magmoms: { width: 3, values: Float64Array.of(1, 2, -3, 0, 0, 0, 4, 5, 6) },
    });
  });

  it('gives steps with the labels of the others or an error wherever the file is cut off', () => {
    const whole = parseEspressoOutput(text);
    const counts = Array.from(text, (_, length) => {
      const steps = attempt(parseEspressoOutput, text.slice(0, length));
      steps.forEach((step, index) => {
        expect(step.labels.energy).toBe(whole[index].labels.energy);
        expect([...step.positions]).toEqual([...whole[index].positions]);
        if (step.labels.forces) expect([...step.labels.forces]).toEqual([...(whole[index].labels.forces ?? [])]);
        if (index === 1) expect(Object.keys(step.labels)).toEqual(['energy', 'forces', 'stress']);
      });
      if (steps.length > 0)
        expect(steps.at(-1)?.info.truncated).toBe(length > text.indexOf('JOB DONE') + 9 ? undefined : true);
      return steps.length;
    });
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
  });

  it('reads the same from chunks of any size', async () => {
    const whole = JSON.stringify(parseEspressoOutput(text));
    for (const size of [1, 64, 1000]) {
      const steps = [];
      for await (const step of iterateEspressoOutput(chunksOf(text, size))) steps.push(step);
      expect(JSON.stringify(steps)).toBe(whole);
    }
  });

  it('names file and line of what it cannot read', () => {
    const parse = (from: string, to: string) => () => parseEspressoOutput(text.replace(from, to), { file: 'pw.out' });
    expect(parse('0.30000000', '**********')).toThrow(/^pw.out:33: expected three numbers/);
    expect(parse('-34.00000000', 'NaN')).toThrow(/^pw.out:28: /);
    expect(parse('H1  tau', 'Q1  tau')).toThrow(/^pw.out:17: .*"Q1"/);
    expect(parse('(alat= 10.00000000)', '(furlong)')).toThrow(/^pw.out:46: .*furlong/);
    expect(() => parseEspressoOutput('', { file: 'pw.out' })).toThrow(/^pw.out:1: /);
  });

  it('never crashes, hangs or gives a value that is not finite on changed files', () => {
    const words = fc.constantFrom('NaN', '*****', '1e999', '\n', '\0', '!    total energy = ');
    const edit = fc.record({
      at: fc.nat(text.length),
      length: fc.nat(80),
      insert: fc.oneof(fc.string({ maxLength: 20 }), words),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        attempt(
          parseEspressoOutput,
          edits.reduce((old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length), text),
        );
      }),
      { numRuns: 500 },
    );
  });
});
