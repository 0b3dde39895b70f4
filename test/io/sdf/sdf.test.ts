import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { iterateSdf, parseSdf } from '../../../src/io/sdf/sdf.js';
import { problemsOfDamage, problemsOfTruncation } from '../robustness.js';

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/io/sdf/${name}`, import.meta.url)));
const file = 'some.sdf';

/** A molecule of carbon atoms along x with a given tail. */
function chain(atomCount: number, tail = 'M  END\n'): string {
  const atoms = Array.from(
    { length: atomCount },
    (_, atom) => `${atom.toFixed(4).padStart(10)}    0.0000    0.0000 C   0  0\n`,
  );
  return `chain\n\n\n${String(atomCount).padStart(3)}  0  0  0  0  0  0  0  0  0999 V2000\n${atoms.join('')}${tail}`;
}

describe('reading an SD file', () => {
  it('keeps the title, the third line and the data fields, and turns decimal numbers into numbers', () => {
    const [methyl] = parseSdf(fixture('handmade__v2000_records.sdf').toString(), { onRefused: () => undefined });
    expect(methyl.info).toEqual({
      title: 'methyl radical',
      REMARK: 'two lines,\n  the second indented',
      ENERGY_KCAL: -12.5,
      CODE: ['1E10', '007'],
    });
  });

  it('takes no data field for a label, whatever its name', () => {
    const [structure] = parseSdf(chain(1, 'M  END\n> <energy>\n-3.5\n\n> <title>\nother\n\n$$$$\n'));
    expect(structure.labels).toEqual({});
    expect(structure.info).toEqual({ title: 'chain', sdf_energy: -3.5, sdf_title: 'other' });
  });

  it('gives isotopes their own masses', () => {
    const [hydronium] = parseSdf(fixture('handmade__v2000_codes.mol').toString());
    expect([...hydronium.masses].map((mass) => mass.toFixed(3))).toEqual(['15.999', '2.014', '2.014', '1.008']);
  });

  it('marks drawings in two dimensions', () => {
    const drawings = parseSdf(fixture('handmade__v2000_records.sdf').toString(), { onRefused: () => undefined });
    expect(drawings.map(({ info }) => info.is_2d ?? false)).toEqual([false, true]);
  });

  it('lets charges of the properties block replace all charge codes', () => {
    const codes = chain(2).replaceAll('C   0  0', 'C   0  3');
    const charges = (text: string) => [...(parseSdf(text)[0].arrays.formal_charges?.values ?? [])];
    expect(charges(codes)).toEqual([1, 1]);
    expect(charges(codes.replace('M  END', 'M  CHG  1   2  -2\nM  END'))).toEqual([0, -2]);
    expect(charges(codes.replace('M  END', 'M  RAD  1   2   2\nM  END'))).toEqual([]);
  });

  it('reads rows that do not keep to their columns by their words', () => {
    const shifted = chain(1).replace('    0.0000    0.0000    0.0000 C   0  0', ' 1.234567 -20.5 3.25 Cl 0 5');
    const [structure] = parseSdf(shifted);
    expect([...structure.positions]).toEqual([1.234567, -20.5, 3.25]);
    expect([...structure.numbers]).toEqual([17]);
    expect([...(structure.arrays.formal_charges?.values ?? [])]).toEqual([-1]);
  });

  it('reads 999 atoms and refuses counts that the rows contradict at the counts line', () => {
    expect(parseSdf(chain(999))[0].numbers.length).toBe(999);
    for (const wrong of ['  2', '  4'])
      expect(() => parseSdf(chain(3).replace('  3  0', `${wrong}  0`), { file })).toThrow(/^some.sdf:4: expected/);
  });

  it.each([
    ['R#', 'structure', /an R group is no atom/],
    ['Q', 'structure', /a query/],
    ['L', 'structure', /a list of elements/],
    ['Qq', 'unknown-element', /found "Qq"/],
  ])('refuses the symbol %s by name', (symbol, code, message) => {
    const read = () => parseSdf(chain(2).replace(' C   0  0\nM', ` ${symbol.padEnd(3)} 0  0\nM`), { file });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code, details: expect.objectContaining({ file, line: 6 }) }));
  });

  it('can hand over refused records and go on', () => {
    const refused: LammError[] = [];
    const structures = parseSdf(fixture('handmade__v2000_records.sdf').toString(), {
      file,
      onRefused: (error) => refused.push(error),
    });
    expect(structures.map(({ numbers }) => numbers.length)).toEqual([4, 6]);
    expect(refused.map(({ code, details }) => [code, details.line])).toEqual([['structure', 53]]);
    expect(() => parseSdf(fixture('handmade__v2000_records.sdf').toString())).toThrow(LammError);
  });

  it('refuses a block whose name is as long as a pattern can never be', () => {
    const text = fixture('handmade__v3000.sdf')
      .toString()
      .replace('BEGIN ATOM', `BEGIN ${'ATOM'.repeat(1e6)}`);
    expect(() => parseSdf(text, { file })).toThrow(/expected the beginning of a block or "END CTAB", found/);
  });

  it('refuses reactions', () => {
    expect(() => parseSdf('$RXN\n\n\n\n  1  1\n$MOL\n', { file })).toThrow(/a reaction or query file/);
  });

  it('streams: chunks of any size give the same structures, in the memory of a record', async () => {
    const bytes = Buffer.from(chain(3, 'M  END\r\n> <N>\r\n1\r\n\r\n$$$$\r\n').repeat(50));
    for (const size of [1, 7, 1000, 1 << 20]) {
      const structures = [];
      for await (const structure of iterateSdf(pieces(bytes, size), { file })) structures.push(structure);
      expect(structures).toEqual(parseSdf(bytes.toString()));
    }
  });

  it.each(['handmade__v2000_codes.mol', 'handmade__v3000.sdf', 'handmade__v2000_records.sdf'])(
    'answers %s, cut off anywhere or damaged, with an error that names the line',
    async (name) => {
      const bytes = fixture(name);
      const read = (damaged: Uint8Array) => parseSdf(Buffer.from(damaged).toString('latin1'), { file });
      // the last record of two files is refused; what stands before it is read
      const good =
        name === 'handmade__v2000_codes.mol'
          ? bytes
          : bytes.subarray(0, bytes.indexOf('\n', bytes.lastIndexOf('$$$$', bytes.length - 10)) + 1);
      expect(await problemsOfTruncation(good, read, { file, lines: true })).toEqual([]);
      expect(await problemsOfDamage(good, read, { file, lines: true, runs: 1500 })).toEqual([]);
    },
  );
});

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
