import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseOutcar } from '../../../src/io/vasp/outcar.js';
import { parseVasprun } from '../../../src/io/vasp/vasprun.js';
import { formulaOf, type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { GPa } from '../../../src/units.js';
import { type CorpusRecord, expandRuns, judge, readCorpora, readMalformed } from '../corpus.js';

const parsers = { OUTCAR: parseOutcar, 'vasprun.xml': parseVasprun };
type Format = keyof typeof parsers;

/** Files of which the reference is held to be wrong, and what the file gives. */
const disputed: Readonly<
  Record<
    string,
    { readonly energies?: readonly number[]; readonly symbols?: readonly string[]; readonly reason: string }
  >
> = {
  'aiida-vasp__localfield_vasprun.xml.gz': {
    energies: [-42.91113662],
    reason:
      'the reference takes energy(sigma->0) minus the free energy from a linear-response step that follows the energy, where it is 0',
  },
  'custodian__max_force_vasprun.xml.gz': {
    symbols: ['Cl', 'F', 'Sb', 'Xe'],
    reason: 'the reference has an unknown element X, which is how this version of VASP shortens Xe',
  },
};

/** Read here although the reference fails on them. */
const betterRead: Readonly<Record<string, string>> = {
  'dpdata__poscars_OUTCAR.Ge.vdw.gz': 'a second column of forces without the van der Waals term',
};

describe.each(readCorpora('vasp'))('VASP: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)(
    'every file is read as the reference or an independent scan of it says, or refused',
    () => {
      const tally: Record<string, number> = {};
      const problems: string[] = [];
      for (const record of corpus?.records ?? []) {
        const format = record.format as Format;
        const result = attempt(corpus?.textOf(record) ?? '', record.file, format);
        const verdict = compare(record, result);
        const word = verdict?.split(':')[0] ?? 'right';
        tally[`${format} ${word}`] = (tally[`${format} ${word}`] ?? 0) + 1;
        if (word === 'wrong') problems.push(`${record.file}: ${verdict}`);
      }
      console.log('vasp corpus', tally);
      expect(problems).toEqual([]);
    },
  );
});

describe.each([
  ['outcar', parseOutcar],
  ['vasprun', parseVasprun],
] as const)('malformed %s', (format, parse) => {
  const cases = readMalformed(format);
  it.skipIf(cases === undefined)(
    'is refused with file and line, quickly, and what is good is read (skipped without ../shared)',
    () => {
      const problems = cases?.flatMap((item) => {
        const started = performance.now();
        const problem =
          judge(item, parse) ?? (performance.now() - started > 1000 ? 'took more than a second' : undefined);
        return problem === undefined ? [] : [`${item.name}: ${problem}`];
      });
      expect(problems).toEqual([]);
    },
  );
});

function attempt(text: string, file: string, format: Format): Structure[] | LammError {
  try {
    return parsers[format](text, { file, keepUnconverged: true }); // the reference takes them all
  } catch (error) {
    if (error instanceof LammError && error.details.line !== undefined && error.details.file === file) return error;
    throw error;
  }
}

/** Undefined when right. */
function compare(record: CorpusRecord, result: Structure[] | LammError): string | undefined {
  if (record.error) {
    if (result instanceof LammError) return 'refused';
    return betterRead[record.file] === undefined
      ? 'wrong: was read, expected an error'
      : 'read, better than the reference';
  }
  if (result instanceof LammError) return `wrong: ${result.message}`;
  if (record.error_ase) return record.format === 'OUTCAR' ? compareScan(record, result) : compareTotals(record, result);
  const energies = disputed[record.file]?.energies ?? record.energies;
  if (result.length !== record.frames) return `wrong: ${result.length} steps, expected ${record.frames}`;
  if (
    !isNearAll(
      result.map(({ labels }) => labels.energy ?? Number.NaN),
      energies,
      1e-6,
    )
  ) {
    return `wrong: energies ${result.map(({ labels }) => labels.energy)}, expected ${energies}`;
  }
  const symbols = disputed[record.file]?.symbols;
  if (symbols !== undefined)
    return String([...new Set(symbolsOf(result[0]))].sort()) === String(symbols) ? 'disputed' : 'wrong: symbols';
  const difference =
    compareFrame(record.last, result[result.length - 1]) ?? (record.first && compareFrame(record.first, result[0]));
  if (difference !== undefined) return `wrong: ${difference}`;
  if (record.scan && record.scan.finished !== (result.at(-1)?.info.truncated === undefined))
    return 'wrong: end of the run';
  return disputed[record.file] === undefined ? undefined : 'disputed';
}

function compareFrame(expected: CorpusRecord, step: Structure): string | undefined {
  if (formulaOf(step) !== expected.formula) return `formula ${formulaOf(step)}, expected ${expected.formula}`;
  if (expected.symbols && String(symbolsOf(step)) !== String(expandRuns<string>(expected.symbols)))
    return 'symbols differ';
  if (String(step.pbc) !== String(expected.pbc)) return `pbc ${step.pbc}`;
  if (!isNearAll(step.cell, expected.cell, 1e-5)) return `cell ${step.cell}, expected ${expected.cell}`;
  if (expected.positions && !isNearAll(step.positions, expected.positions.flat(), 2e-5)) return 'positions differ';
  if (expected.forces && !isNearAll(step.labels.forces, expected.forces.flat(), 2e-6)) return 'forces differ';
  for (const [key, values] of [
    ['positions_checksum', step.positions],
    ['forces_checksum', step.labels.forces],
  ] as const) {
    if (expected[key] && !agrees(values, expected[key])) return `${key} differs`;
  }
  const { magmoms } = step.arrays;
  const moments = magmoms?.values instanceof Float64Array ? magmoms.values : undefined;
  if (expected.magmoms && magmoms?.width !== 3 && !isNearAll(moments, expected.magmoms, 1e-9))
    return `magnetic moments ${moments}, expected ${expected.magmoms}`; // of three components the reference has one
  if (!isNearAll([Number(step.info.free_energy)], [expected.free_energy], 1e-7))
    return `free energy ${step.info.free_energy}`;
  if ((expected.stress_voigt === undefined) !== (step.labels.stress === undefined)) return 'stress is missing';
  if (expected.stress_voigt && !isNearAll(step.labels.stress, expected.stress_voigt, 2e-8))
    return `stress ${step.labels.stress}`;
  return undefined;
}

/** Sums over [N x 3] values, and their first and last row. */
function agrees(
  values: Float64Array | undefined,
  checksum: { sum: number[]; sum_sq: number[]; first: number[]; last: number[] },
): boolean {
  if (values === undefined) return false;
  const rows = [0, 1, 2].map((axis) => values.filter((_, index) => index % 3 === axis));
  return (
    isNearAll(
      rows.map((row) => row.reduce((sum, value) => sum + value, 0)),
      checksum.sum,
      1e-4,
    ) &&
    isNearAll(
      rows.map((row) => row.reduce((sum, value) => sum + value ** 2, 0)),
      checksum.sum_sq,
      1e-3,
    ) &&
    isNearAll(values.subarray(0, 3), checksum.first, 2e-5) &&
    isNearAll(values.subarray(-3), checksum.last, 2e-5)
  );
}

/**
 * An independent scan of the text; it does not tell the steps of a machine-learned force field apart in cell and
 * stress.
 */
function compareScan({ scan, file }: CorpusRecord, steps: Structure[]): string | undefined {
  const last = steps[steps.length - 1];
  const [xx, yy, zz, xy, yz, zx] = scan.in_kB_last_XX_YY_ZZ_XY_YZ_ZX.map((value: number) => -value * 0.1 * GPa);
  const isMixed = file.includes('.ml');
  const checks: Record<string, boolean> = {
    'number of steps': steps.length === scan.frames,
    symbols: String(symbolsOf(last)) === String(expandRuns<string>(scan.symbols)),
    positions: isNearAll(last.positions, scan.last.positions.flat(), 2e-5),
    forces: isNearAll(last.labels.forces, scan.last.forces.flat(), 2e-6),
    energy: isNearAll([last.labels.energy ?? 0], [scan.energy_sigma0_last], 1e-8),
    'free energy': isNearAll([Number(last.info.free_energy)], [scan.free_energy_last], 1e-8),
    cell: isMixed || isNearAll(last.cell, scan.cell_last, 1e-6),
    stress: isMixed || isNearAll(last.labels.stress, [xx, yy, zz, yz, zx, xy], 1e-8),
    end: scan.finished === (last.info.truncated === undefined),
  };
  const wrong = Object.keys(checks).filter((key) => !checks[key]);
  return wrong.length === 0 ? undefined : `wrong: ${wrong}`;
}

function compareTotals({ pymatgen }: CorpusRecord, steps: Structure[]): string | undefined {
  const last = steps[steps.length - 1];
  const isSame =
    steps.length === pymatgen.ionic_steps &&
    formulaOf(last) === pymatgen.formula &&
    Math.abs((last.labels.energy ?? 0) - pymatgen.final_energy) < 1e-8;
  return isSame
    ? undefined
    : `wrong: ${steps.length} steps, ${formulaOf(last)}, ${last.labels.energy}, expected ${JSON.stringify(pymatgen)}`;
}

function isNearAll(actual: ArrayLike<number> | undefined, expected: readonly number[], tolerance: number): boolean {
  return (
    actual?.length === expected.length && expected.every((value, index) => Math.abs(actual[index] - value) <= tolerance)
  );
}
