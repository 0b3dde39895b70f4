import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOfContent, formatOfName } from '../../../src/io/formats.js';
import { iterateOutcar, parseOutcar } from '../../../src/io/vasp/outcar.js';
import { symbolsOf } from '../../../src/structure/structure.js';
import { bar } from '../../../src/units.js';
import { attempt, chunksOf, readFixture, stepsOfCutFiles } from '../cut-files.js';

const text = readFixture('vasp/handmade__water_two_steps_OUTCAR');
const kilobar = 1000 * bar;

describe('OUTCAR', () => {
  it('gives every ionic step with its own cell, positions, forces and energies', () => {
    const steps = parseOutcar(text);
    expect(steps.map(({ labels }) => labels.energy)).toEqual([-14.1, -14.2]);
    expect(steps.map(({ info }) => info)).toEqual([{ free_energy: -14.2 }, { free_energy: -14.3 }]);
    expect(symbolsOf(steps[0])).toEqual(['H', 'H', 'O']);
    expect(steps[0].pbc).toEqual([true, true, true]);
    expect([...steps[1].cell]).toEqual([8.01, 0, 0, -1, 8.02, 0, 0, 0, -10.03]);
    expect([...steps[1].positions.subarray(0, 3)]).toEqual([0.76, 0.51, 0.01]);
    expect([...(steps[1].labels.forces?.subarray(6) ?? [])]).toEqual([0, 0.04, -0.06]);
  });

  it('is known by its name and by its content', () => {
    expect(['OUTCAR', 'a/OUTCAR.gz', 'OUTCAR_relax'].map(formatOfName)).toEqual(['outcar', 'outcar', 'outcar']);
    expect(formatOfContent(text)).toBe('outcar');
  });

  it('turns "in kB" XX YY ZZ XY YZ ZX into tension in the order xx yy zz yz xz xy', () => {
    const expected = [10, 20, 30, 2, 3, 1].map((value) => -value * kilobar);
    expect([...(parseOutcar(text)[0].labels.stress ?? [])]).toEqual(expected);
  });

  it('reads numbers that run into one another by their columns', () => {
    const merged = text.replace(
      '      0.00000      0.00000      0.00000         0.000000',
      ' -12345.00000-123456.00000      0.00000         0.000000',
    );
    expect(merged).not.toBe(text);
    expect([...parseOutcar(merged)[0].positions.subarray(6)]).toEqual([-12345, -123456, 0]);
  });

  it('reads more than ten types, and thousands of ions of a type', () => {
    const row = '      0.00000      0.00000      0.00000         0.000000      0.400000     -0.600000\n';
    const many = text
      .slice(0, text.lastIndexOf(`${'-'.repeat(39)} Iteration`))
      .replace(/ +(?:TITEL|VRHFIN).*\n/g, '')
      .replace('   number of dos', `${'   TITEL  = PAW_PBE Cu_pv 22Jun2005\n'.repeat(13)}   number of dos`)
      .replace('NIONS =      3', 'NIONS =  12003')
      .replace(
        'ions per type =               2   1',
        `ions per type =            ${'   1'.repeat(9)}3000\n                               5000   13993`,
      )
      .replace(row, row.repeat(12001));
    expect(parseOutcar(many)[0].numbers).toEqual(new Uint8Array(12003).fill(29));
  });

  it('reads the energy above the positions, as VASP 5.2 writes them', () => {
    const [head, first, second] = text.split(/(?=^-+ Iteration)/m);
    const swap = (step: string) => {
      const energy = step.slice(step.indexOf('  FREE ENERGIE'), step.lastIndexOf('energy(sigma->0)') + 37);
      return step.replace(energy, '').replace(/^(-+ Iteration.*\n)/, `$1${energy}\n`);
    };
    const swapped = parseOutcar(head + swap(first) + swap(second));
    expect(JSON.stringify(swapped)).toBe(JSON.stringify(parseOutcar(text)));
  });

  it('gives an energy the positions of its own step, in either order, and tells of steps that have none (NWRITE = 0 or 1)', () => {
    const [head, first, second] = text.split(/(?=^-+ Iteration)/m);
    const energyFirst = (step: string) => {
      const energy = step.slice(step.indexOf('  FREE ENERGIE'), step.lastIndexOf('energy(sigma->0)') + 37);
      return step.replace(energy, '').replace(/^(-+ Iteration.*\n)/, `$1${energy}\n`);
    };
    const step = (number: number, energy: string) =>
      second
        .replace('Iteration      2', `Iteration      ${number}`)
        .replace('(sigma->0) =   -14.2', `(sigma->0) =   ${energy}`);
    const bare = (whole: string) => whole.replace(/ POSITION[\s\S]*?total drift.*\n/, '');
    for (const order of [(whole: string) => whole, energyFirst]) {
      for (const count of [1, 2, 5]) {
        const middle = Array.from({ length: count }, (_, index) => bare(order(step(2 + index, `-15.${index}`))));
        const notices: string[] = [];
        const run = head + order(first) + middle.join('') + order(step(2 + count, '-16.5'));
        const steps = parseOutcar(run, { onNotice: (notice) => notices.push(notice) });
        expect(steps.map(({ labels }) => labels.energy)).toEqual([-14.1, -16.5]);
        expect(steps[1].positions[0]).toBe(0.76);
        expect(notices).toEqual([expect.stringMatching(new RegExp(`^left out: ${count} steps? without positions`))]);
      }
    }
  });

  it('refuses steps that are not whole where no line of an iteration parts them', () => {
    const [head, first, second] = text.split(/(?=^-+ Iteration)/m);
    const bare = second.replace(/ POSITION[\s\S]*?total drift.*\n/, '');
    const run = (head + first + bare + second).replace(/^-+ Iteration.*\n/gm, '');
    expect(() => parseOutcar(run)).toThrow('no line "Iteration" says which');
  });

  it('takes a step for not converged that took as many iterations as it may, even where EDIFF is said to be reached', () => {
    const limited = (limit: number, iteration: number) =>
      text
        .replace(
          '   number of dos',
          `   NELM   =      ${limit};   NELMIN=  2; NELMDL= -5     # of ELM steps\n   number of dos`,
        )
        .replace(
          /(-+ Iteration +2\() {3}1(\).*\n)/,
          `$1   ${iteration}$2\n---- aborting loop because EDIFF is reached ----\n`,
        );
    const energiesOf = (run: string) => parseOutcar(run).map(({ labels }) => labels.energy);
    expect(energiesOf(limited(3, 3))).toEqual([-14.1]);
    expect(energiesOf(limited(4, 3))).toEqual([-14.1, -14.2]);
    expect(energiesOf(limited(1, 1))).toEqual([-14.1, -14.2]); // on a density that is converged already
  });

  it('does not charge a step with the iterations of one that was left out', () => {
    const [head, first, second] = text.split(/(?=^-+ Iteration)/m);
    const aborted = '--- aborting loop EDIFF was not reached (unconverged) ---\n';
    const withoutPositions = first.replace(/ POSITION[\s\S]*?total drift.*\n/, aborted);
    expect(withoutPositions).toContain(aborted);
    const steps = parseOutcar(head + withoutPositions + second);
    expect(steps.map(({ labels }) => labels.energy)).toEqual([-14.2]);
    expect(steps[0].info.unconverged).toBeUndefined();
  });

  it('takes an element from TITEL, from VRHFIN or from the list of POTCAR lines', () => {
    for (const pattern of [/ +TITEL.*\n/g, / +VRHFIN.*\n/g, / +(?:TITEL|VRHFIN).*\n/g]) {
      expect(symbolsOf(parseOutcar(text.replace(pattern, ''))[0])).toEqual(['H', 'H', 'O']);
    }
  });

  it('leaves out the steps of a machine-learned force field, and says so when there are no others', () => {
    const second = text.lastIndexOf(`${'-'.repeat(39)} Iteration`);
    const learned = text
      .slice(second)
      .replace('TOTAL-FORCE (eV/Angst)', 'TOTAL-FORCE (eV/Angst) (ML)')
      .replace('  FREE ENERGIE', '  ML FREE ENERGIE')
      .replaceAll('energy  without entropy', 'ML energy  without entropy')
      .replace('free  energy   TOTEN', 'free  energy ML TOTEN');
    expect(parseOutcar(text.slice(0, second) + learned).map(({ labels }) => labels.energy)).toEqual([-14.1]);
    const first = text.indexOf(`${'-'.repeat(39)} Iteration`);
    expect(() => parseOutcar(text.slice(0, first) + learned)).toThrow('found only 1 of a machine-learned force field');
  });

  const momentsTable = (axis: string, moments: readonly number[]) =>
    [
      ` magnetization (${axis})`,
      ' ',
      '# of ion       s       p       d       tot',
      '------------------------------------------',
      ...moments.map(
        (moment, ion) => `${`${ion + 1}`.padStart(5)}   9.000  -9.000   8.000${moment.toFixed(3).padStart(8)}`,
      ),
      '--------------------------------------------------',
      'tot          9.999   9.999   9.999   9.999',
      '\n',
    ].join('\n');
  const withTables = (...tables: string[]) => text.replace(/^ POSITION/m, `${tables.join('')} POSITION`);

  it('gives the magnetic moments of the ions in the step that they were printed in, the latest of them', () => {
    const [first, second] = parseOutcar(withTables(momentsTable('x', [7, 7, 7]), momentsTable('x', [1.5, -1.25, 0])));
    expect(first.arrays).toEqual({ magmoms: { width: 1, values: Float64Array.of(1.5, -1.25, 0) } });
    expect(second.arrays).toEqual({});
  });

  it('gives three components of a moment where the run is not collinear', () => {
    const tables = [momentsTable('x', [1, 2, 3]), momentsTable('y', [4, 5, 6]), momentsTable('z', [7, 8, 9])];
    expect(parseOutcar(withTables(...tables))[0].arrays).toEqual({
      magmoms: { width: 3, values: Float64Array.of(1, 4, 7, 2, 5, 8, 3, 6, 9) },
    });
  });

  it('refuses a table of moments that has too few rows or no numbers', () => {
    const table = momentsTable('x', [1, 2, 3]);
    const row = /^ {4}3 .*\n/m;
    expect(() => parseOutcar(withTables(table.replace(row, '')), { file: 'OUTCAR' })).toThrow(
      /^OUTCAR:44: .*moment of ion 3 of 3, found "---/,
    );
    expect(() => parseOutcar(withTables(table.replace('3.000', '*****')))).toThrow(/moment of ion 3 of 3, found "\*/);
  });

  it('says that a run was cut off in the last step that it gives', () => {
    const cut = text.slice(0, text.lastIndexOf('total drift'));
    expect(parseOutcar(cut).map(({ info }) => info.truncated)).toEqual([true]);
    expect(parseOutcar(text).map(({ info }) => info.truncated)).toEqual([undefined, undefined]);
  });

  it('gives complete steps or an error wherever the file is cut off', () => {
    const counts = stepsOfCutFiles(parseOutcar, withTables(momentsTable('x', [1, 2, 3])));
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
  });

  it('reads the same from chunks of any size', async () => {
    const whole = JSON.stringify(parseOutcar(text));
    for (const size of [1, 7, 64, 1000]) {
      const steps = [];
      for await (const step of iterateOutcar(chunksOf(text, size))) steps.push(step);
      expect(JSON.stringify(steps)).toBe(whole);
    }
  });

  it('names file and line of what it cannot read', () => {
    const parse = (from: string, to: string) => () => parseOutcar(text.replace(from, to), { file: 'OUTCAR' });
    expect(parse('-0.200000', '*********')).toThrow(/^OUTCAR:40: .*position and force of ion 1 of 3/);
    expect(parse('      0.75000      0.50000      0.00000         0.100000     -0.200000      0.300000\n', '')).toThrow(
      /^OUTCAR:42: .*ion 3 of 3/,
    );
    expect(parse('NIONS =      3', 'NIONS =      4')).toThrow(/^OUTCAR:13: .*add up to NIONS = 4, found 3/);
    expect(parse('energy(sigma->0) =   -14.10000000', 'energy(sigma->0) =            NaN')).toThrow(
      /^OUTCAR:50: .*NaN/,
    );
    expect(() => parseOutcar(text.replaceAll('direct lattice', 'crooked lattice'), { file: 'OUTCAR' })).toThrow(
      /^OUTCAR:\d+: .*direct lattice vectors/,
    );
  });

  it('never crashes, hangs or gives a value that is not finite on changed files', () => {
    const edit = fc.record({
      at: fc.nat(text.length),
      length: fc.nat(80),
      insert: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('NaN', '*****', '1e999', '\n', '\0')),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = edits.reduce(
          (old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length),
          text,
        );
        attempt(parseOutcar, changed);
      }),
      { numRuns: 1000 },
    );
  });
});
