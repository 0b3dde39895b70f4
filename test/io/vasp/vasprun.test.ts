import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOfContent, formatOfName } from '../../../src/io/formats.js';
import { iterateVasprun, parseVasprun } from '../../../src/io/vasp/vasprun.js';
import { symbolsOf } from '../../../src/structure/structure.js';
import { bar } from '../../../src/units.js';
import { attempt, chunksOf, readFixture, stepsOfCutFiles } from '../cut-files.js';

const text = readFixture('vasp/handmade__water_two_steps_vasprun.xml');
const kilobar = 1000 * bar;
const parse = (from: string | RegExp, to: string) => () =>
  parseVasprun(text.replace(from, to), { file: 'vasprun.xml' });

describe('vasprun.xml', () => {
  it('gives every ionic step with its own cell, positions and forces', () => {
    const steps = parseVasprun(text);
    expect(steps).toHaveLength(2);
    expect(symbolsOf(steps[0])).toEqual(['H', 'H', 'O']);
    expect([...steps[1].cell]).toEqual([8.01, 0, 0, -1, 8.02, 0, 0, 0, -10.03]);
    expect(steps[1].positions[0]).toBeCloseTo(0.76, 6);
    expect([...(steps[1].labels.forces?.subarray(6) ?? [])]).toEqual([0, 0.04, -0.06]);
  });

  it('is known by its name and by its content', () => {
    expect(['vasprun.xml', 'a/vasprun.xml.gz', 'vasprun.1.xml'].map(formatOfName)).toEqual([
      'vasprun',
      'vasprun',
      'vasprun',
    ]);
    expect(formatOfContent(text)).toBe('vasprun');
  });

  it('takes steps with as many iterations as NELM allows for not converged, unless it allows one alone', () => {
    const limited = (nelm: string) => () =>
      parseVasprun(text.replace('<atominfo>', `<incar>${nelm}</incar><atominfo>`));
    expect(limited('<i type="int" name="NELM"> 1</i>')()).toHaveLength(2);
    expect(limited('<i type="int" name="NELM"> 60</i>')()).toHaveLength(2);
    expect(limited('<i name="NELM" type="int"> 2 </i>')).toThrow('found 2 whose electrons did not converge');
    expect(limited('<i type="int" name="NELM"> 60</i><i type="int" name="NELM"> 2</i>')()).toHaveLength(2); // of a response
  });

  it('takes the free energy from the step, and what it differs from energy(sigma->0) from the last electronic step', () => {
    const [first] = parseVasprun(text);
    expect(first.info).toEqual({ free_energy: -14.7 }); // -14.2 and -14.1 in the electronic step, and a van der Waals term of -0.5
    expect(first.labels.energy).toBeCloseTo(-14.6, 10);
  });

  it('does not take energies from a linear response behind the step', () => {
    const response = text
      .slice(text.indexOf('  <scstep>'), text.indexOf('</scstep>') + 10)
      .replace(/-13\.10000000/, '-99.00000000');
    const steps = parseVasprun(text.replaceAll('  <time name="totalsc">', `${response}  <time name="totalsc">`));
    expect(steps[0].labels.energy).toBeCloseTo(-14.6, 10);
  });

  it('turns the stress in kB into tension in the order xx yy zz yz xz xy', () => {
    const expected = [10, 20, 30, 2, 3, 1].map((value) => -value * kilobar);
    expect([...(parseVasprun(text)[0].labels.stress ?? [])]).toEqual(expected);
  });

  it('reads selective dynamics', () => {
    expect([...(parseVasprun(text)[1].fixed ?? [])]).toEqual([0, 0, 1, 0, 0, 0, 1, 1, 1]);
  });

  it('reads a step without forces and stress', () => {
    const [step] = parseVasprun(text.replaceAll(/ +<varray name="(?:forces|stress)" >[\s\S]*?<\/varray>\n/g, ''));
    expect(Object.keys(step.labels)).toEqual(['energy']);
  });

  it('gives complete steps or an error wherever the file is cut off', () => {
    const counts = stepsOfCutFiles(parseVasprun, text);
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
    const cut = parseVasprun(text.slice(0, text.lastIndexOf('<eigenvalues>')));
    expect(cut.map(({ info }) => info.truncated)).toEqual([undefined, true]);
  });

  it('reads the same from chunks of any size', async () => {
    const whole = JSON.stringify(parseVasprun(text));
    for (const size of [1, 7, 64, 1000]) {
      const steps = [];
      for await (const step of iterateVasprun(chunksOf(text, size))) steps.push(step);
      expect(JSON.stringify(steps)).toBe(whole);
    }
  });

  it('reads rows of three numbers however they are laid out', () => {
    const whole = JSON.stringify(parseVasprun(text));
    const changes: ((row: string) => string)[] = [
      (row) => row.trim().split(/\s+/).join('\n\t'),
      (row) => row.trim(),
      (row) => `${row}\n`,
      (row) => row.trim().split(/\s+/).join('D+00  '),
    ];
    for (const change of changes) {
      const changed = text.replace(/<v>([-+.\d\s]*)<\/v>/g, (_, row: string) => `<v>${change(row)}</v>`);
      expect(changed).not.toBe(text);
      expect(JSON.stringify(parseVasprun(changed))).toBe(whole);
    }
    expect(JSON.stringify(parseVasprun(text.replaceAll('<v>', '<v type="float">')))).toBe(whole);
    expect(parse(/(<varray name="forces"[\s\S]*?<v>)/, '$1 0.5 ')).toThrow(
      /^vasprun.xml:\d+: expected three numbers in <v>/,
    );
  });

  it('names the same line when the file comes piece by piece', async () => {
    const long = text.replace(/( +<v>.*\n)( +<\/varray>\n +<varray name="stress")/, '$2'); // a row too few
    const messageOf = async (size: number): Promise<string> => {
      try {
        for await (const _ of iterateVasprun(chunksOf(long, size), { file: 'a' }));
      } catch (error) {
        return String(error);
      }
      return '';
    };
    const line = long.slice(0, long.search(/ +<\/varray>\n +<varray name="stress"/)).split('\n').length - 1;
    const whole = await messageOf(long.length);
    expect(whole).toContain(`a:${line}: expected 3 forces, found 2`);
    for (const size of [1, 7, 64, 1000]) expect(await messageOf(size)).toBe(whole);
  });

  it('names file and line of XML that is not well-formed', () => {
    expect(parse('</varray>', '</varay>')).toThrow(/^vasprun.xml:35: expected <\/varray>, found <\/varay>/);
    expect(parse('&amp;', '&')).toThrow(/^vasprun.xml:7: expected one of the entities/);
    expect(parse('&amp;', '&water;')).toThrow(/^vasprun.xml:7: .*"&water"/);
    expect(parse('&lt;', '<')).toThrow(/^vasprun.xml:7: /);
    expect(parse('name="basis"', 'name=basis')).toThrow(/^vasprun.xml:31: expected attributes/);
    expect(parse('<modeling>', '<!DOCTYPE modeling [<!ENTITY a "b">]>\n<modeling>')).toThrow(
      /^vasprun.xml:2: expected no document type/,
    );
    expect(() => parseVasprun(`${text}<modeling></modeling>`, { file: 'vasprun.xml' })).toThrow('one root element');
    expect(() => parseVasprun(`<modeling>${'<a>'.repeat(100_000)}`, { file: 'vasprun.xml' })).toThrow('in one another');
  });

  it('names file and line of values that it cannot use', () => {
    expect(parse(/( +<v>.*\n)( +<\/varray>\n +<varray name="stress")/, '$2')).toThrow(
      /^vasprun.xml:\d+: expected 3 forces, found 2/,
    );
    expect(parse('<rc><c>O </c>', '<rc><c>Qq</c>')).toThrow(/^vasprun.xml:\d+: .*"Qq"/);
    expect(parse('<atoms>       3', '<atoms>       4')).toThrow(/^vasprun.xml:\d+: expected 4 atoms/);
    const apart = text.replace('<atoms>       3', '<atoms>       4').replaceAll('<rc><c>', '<rc>\n<c>');
    const line = apart.slice(0, apart.indexOf('<rc>\n<c>O')).split('\n').length;
    expect(() => parseVasprun(apart, { file: 'a' })).toThrow(`a:${line}: expected 4 atoms`);
    expect(parse(/-0.20000000 <\/i>/, 'nan </i>')).toThrow(/^vasprun.xml:\d+: expected a number for e_0_energy/);
    expect(parse(/<scstep>[\s\S]*?<\/scstep>/g, '')).toThrow('there is no electronic step');
  });

  it('never crashes, hangs or gives a value that is not finite on changed files', () => {
    const words = fc.constantFrom(
      'NaN',
      '*****',
      '1e999',
      '<',
      '>',
      '</v>',
      '<v>',
      '&',
      '"',
      '\0',
      '</calculation>',
      '<!--',
      ']]>',
    );
    const edit = fc.record({
      at: fc.nat(text.length),
      length: fc.nat(80),
      insert: fc.oneof(fc.string({ maxLength: 20 }), words),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = edits.reduce(
          (old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length),
          text,
        );
        attempt(parseVasprun, changed);
      }),
      { numRuns: 1000 },
    );
  });
});
