import { describe, expect, it } from 'vitest';
import type { LammError } from '../../../src/errors.js';
import { parseSdf } from '../../../src/io/sdf/sdf.js';
import { formulaOf, type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { type CorpusRecord, expandRuns, judge, readCorpora, readMalformed } from '../corpus.js';

describe.each(readCorpora('sdf'))('SDF: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)('every record is read as the reference reads it, or refused with its line', () => {
    const tally = { read: 0, refused: 0, withPlaceholders: 0 };
    const problems: string[] = [];
    for (const file of corpus?.records ?? []) {
      const results = readRecords(corpus?.textOf(file) ?? '', file.file);
      const records: CorpusRecord[] = file.records;
      if (results.length !== records.length)
        problems.push(`${file.file}: ${results.length} records, expected ${records.length}`);
      records.forEach((record, index) => {
        const result = results[index];
        if (!('code' in result)) tally.read++;
        else if (result.code === 'structure') tally.withPlaceholders++;
        else tally.refused++;
        const problem = compare(record, result);
        if (problem !== undefined) problems.push(`${file.file}, record ${index + 1}: ${problem}`);
      });
    }
    console.log('sdf corpus', tally);
    expect(problems).toEqual([]);
  });
});

describe('malformed SDF', () => {
  const cases = readMalformed('sdf');
  it.skipIf(cases === undefined)(
    'is refused with file and line, quickly, and what is good is read (skipped without ../shared)',
    () => {
      const problems = cases?.flatMap((item) => judge(item, parseSdf)?.replace(/^/, `${item.name}: `) ?? []);
      expect(problems).toEqual([]);
    },
  );
});

/** One structure or error for each record. */
function readRecords(text: string, file: string): (Structure | LammError)[] {
  const results: (Structure | LammError)[] = [];
  const isClosed = text.trimEnd().endsWith('$$$$');
  const bodies = text.split(/^\$\$\$\$.*(?:\r?\n|$)/m).slice(0, isClosed ? -1 : undefined);
  for (const [index, body] of bodies.entries()) {
    const delimiter = index < bodies.length - 1 || isClosed ? '$$$$\n' : '';
    results.push(...parseSdf(body + delimiter, { file, onRefused: (error) => results.push(error) }));
  }
  return results;
}

function compare(record: CorpusRecord, result: Structure | LammError): string | undefined {
  if ('code' in result) {
    const mayFail = record.error || record.formula === null;
    return mayFail && result.details.file !== undefined && result.details.line !== undefined
      ? undefined
      : result.message;
  }
  if (record.error) return 'was read, expected an error';
  if (result.numbers.length !== record.n) return `${result.numbers.length} atoms, expected ${record.n}`;
  if (String(symbolsOf(result)) !== String(expandRuns<string>(record.symbols))) return `symbols ${symbolsOf(result)}`;
  if (record.n > 0 && formulaOf(result) !== record.formula)
    return `formula ${formulaOf(result)}, expected ${record.formula}`;
  if ((result.info.title ?? '') !== record.title.trim()) return `title ${result.info.title}, expected ${record.title}`;
  return compareNumbers(record, result) ?? compareFields(record.data ?? {}, result);
}

function compareNumbers(record: CorpusRecord, { positions, arrays, info }: Structure): string | undefined {
  const columns = { formal_charges: record.formal_charges ?? [], isotopes: record.isotopes ?? [] };
  for (const [name, expected] of Object.entries<[atom: number, value: number][]>(columns)) {
    const found = [...(arrays[name]?.values.entries() ?? [])].filter(([, value]) => value !== 0);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      return `${name} ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`;
  }
  const is2d = positions.every((value, index) => index % 3 !== 2 || value === 0);
  if (info.is_2d && !is2d) return 'called a drawing, but it has a third dimension';
  const actual = record.positions ? positions : summaryOf(positions);
  const expected = record.positions?.flat() ?? Object.values(record.positions_checksum ?? {}).flat();
  const tolerance = (value: number) => 1e-4 + 1e-6 * Math.abs(value);
  const isNear =
    actual.length === expected.length &&
    expected.every((value: number, index: number) => Math.abs(actual[index] - value) <= tolerance(value));
  return record.n === 0 || isNear ? undefined : `positions ${actual.slice(0, 3)}, expected ${expected.slice(0, 3)}`;
}

/** Sums, sums of squares, first and last row. */
function summaryOf(positions: Float64Array): number[] {
  const sums = [0, 1, 2].map((axis) =>
    positions.reduce((sum, value, index) => sum + (index % 3 === axis ? value : 0), 0),
  );
  const squares = [0, 1, 2].map((axis) =>
    positions.reduce((sum, value, index) => sum + (index % 3 === axis ? value ** 2 : 0), 0),
  );
  return [...sums, ...squares, ...positions.slice(0, 3), ...positions.slice(-3)];
}

function compareFields(expected: Record<string, string>, { info }: Structure): string | undefined {
  for (const [name, text] of Object.entries(expected)) {
    const value = info[name] ?? info[`sdf_${name}`];
    const isShortened = text.length === 200; // the reference lists no more
    const isSame =
      typeof value === 'number'
        ? value === Number(text)
        : isShortened
          ? String(value).startsWith(text)
          : value === text;
    if (!isSame) return `field ${name} is ${JSON.stringify(value)}, expected ${JSON.stringify(text)}`;
  }
  return undefined;
}
