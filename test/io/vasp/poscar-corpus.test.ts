import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parsePoscar } from '../../../src/io/vasp/poscar.js';
import { latticeFlagsOf } from '../../../src/structure/lattice-flags.js';
import { type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { fs } from '../../../src/units.js';
import { type CorpusRecord, expandRuns, readCorpora } from '../corpus.js';

/** A flag is neither T nor F; the reference takes it for F. */
const badFlags = 'dpdata__poscars_POSCAR.oh.err2';

describe.each(readCorpora('poscar'))('POSCAR: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)('the POSCAR corpus is read as the reference reads it', () => {
    const tally = { read: 0, refused: 0, withoutSymbols: 0 };
    const problems: string[] = [];
    for (const record of corpus?.records ?? []) {
      const result = attempt(corpus?.textOf(record) ?? '', record.file);
      if (!(result instanceof LammError)) tally.read++;
      else if (/names no elements/.test(result.message)) tally.withoutSymbols++;
      else tally.refused++;
      const problem = compare(record, result);
      if (problem !== undefined) problems.push(`${record.file}: ${problem}`);
    }
    console.log('poscar corpus', tally);
    expect(problems).toEqual([]);
  });
});

function attempt(text: string, file: string): Structure | LammError {
  try {
    return parsePoscar(text, { file })[0];
  } catch (error) {
    if (error instanceof LammError) return error;
    throw error;
  }
}

function compare(record: CorpusRecord, result: Structure | LammError): string | undefined {
  if (result instanceof LammError) {
    // without a symbol line and without any hint the reference makes symbols up; an error is right
    const isGuess = record.true_symbols === false && /names no elements/.test(result.message);
    return (record.error || isGuess || record.file === badFlags) && result.details.line !== undefined
      ? undefined
      : result.message;
  }
  if (record.error) return 'was read, expected an error';
  const symbols = symbolsOf(result);
  const same =
    record.true_symbols === false
      ? symbols.length === record.n
      : String(symbols) === String(expandRuns<string>(record.symbols));
  if (!same) return `symbols ${symbolsOf(result)}`;
  if (!isNearAll(result.cell, record.cell)) return `cell ${result.cell}, expected ${record.cell}`;
  if (record.positions && !isNearAll(result.positions, record.positions.flat())) return 'positions differ';
  if (record.velocities) {
    const velocities = result.velocities?.map((value) => value * fs).slice(0, 3 * record.velocities.length);
    if (!isNearAll(velocities, record.velocities.flat()))
      return `velocities ${velocities?.slice(0, 3)}, expected ${record.velocities[0]}`;
  }
  const fixed = (record.fixed ?? []) as [number, boolean[]][];
  const expected = new Uint8Array(result.positions.length);
  for (const [atom, flags] of fixed) expected.set(flags.map(Number), 3 * atom);
  const held = latticeFlagsOf(result, { cell: result.cell, atomCount: result.numbers.length });
  return String(held?.flags ?? new Uint8Array(result.positions.length)) === String(expected)
    ? undefined
    : 'fixed coordinates differ';
}

function isNearAll(actual: ArrayLike<number> | undefined, expected: readonly number[]): boolean {
  return (
    actual?.length === expected.length && expected.every((value, index) => Math.abs(actual[index] - value) <= 2e-4)
  );
}
