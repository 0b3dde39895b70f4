import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseEspressoInput } from '../../../src/io/quantum-espresso/espresso-input.js';
import { parseEspressoOutput } from '../../../src/io/quantum-espresso/espresso-output.js';
import { inverse3 } from '../../../src/linalg/matrix3.js';
import { multiplyRows } from '../../../src/structure/cell.js';
import { formulaOf, type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { type CorpusRecord, expandRuns, readCorpora } from '../corpus.js';

/** Outputs on which the reference fails and which hold no converged energy with a structure. */
const withoutSteps = [
  'aiida-quantumespresso__default_xml_241015_aiida.out', // the list of sites was cut out of the file
  'aiida-quantumespresso__failed_out_of_walltime_aiida.out',
  'aiida-quantumespresso__failed_out_of_walltime_interrupted_aiida.out',
  'aiida-quantumespresso__failed_scf_not_converged_aiida.out',
  'aiida-quantumespresso__vcrelax_failed_charge_wrong_stdout_aiida.out',
];

describe.each(readCorpora('qe'))('Quantum ESPRESSO: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)(
    'every file is read as the reference reads it; where that fails, a result or a clear error',
    () => {
      const tally: Record<string, number> = {};
      const problems: string[] = [];
      for (const record of corpus?.records ?? []) {
        const result = attempt(corpus?.textOf(record) ?? '', record);
        const problem = record.error ? undefined : compare(record, result);
        const isRefused = result instanceof LammError;
        if (withoutSteps.includes(record.file) && !isRefused)
          problems.push(`${record.file}: was read, expected an error`);
        if (problem !== undefined) problems.push(`${record.file}: ${problem}`);
        const word = problem
          ? 'wrong'
          : isRefused
            ? 'refused'
            : record.error
              ? 'read, better than the reference'
              : 'right';
        tally[word] = (tally[word] ?? 0) + 1;
      }
      console.log('Quantum ESPRESSO corpus', tally);
      expect(problems).toEqual([]);
    },
  );
});

function attempt(text: string, { file }: CorpusRecord): Structure[] | LammError {
  try {
    return /\.in$/.test(file) ? parseEspressoInput(text, { file }) : parseEspressoOutput(text, { file });
  } catch (error) {
    if (error instanceof LammError && error.details.file === file && error.details.line !== undefined) return error;
    throw error;
  }
}

function compare({ frames, energies, last }: CorpusRecord, result: Structure[] | LammError): string | undefined {
  if (result instanceof LammError) return result.message;
  const step = result[result.length - 1];
  const { labels } = step;
  if (result.length !== frames) return `${result.length} steps, expected ${frames}`;
  if (
    energies.some(
      (energy: number | null, index: number) => !isNear(result[index].labels.energy, energy ?? undefined, 1e-6),
    )
  ) {
    return `energies ${result.map((structure) => structure.labels.energy)}, expected ${energies}`;
  }
  if (formulaOf(step) !== last.formula || String(symbolsOf(step)) !== String(expandRuns<string>(last.symbols)))
    return 'symbols differ';
  if (String(step.pbc) !== String(last.pbc)) return `pbc ${step.pbc}`;
  if (!isNearAll(step.cell, last.cell, 2e-5)) return `cell ${step.cell}, expected ${last.cell}`;
  const shifts = multiplyRows(
    step.positions.map((value, index) => value - last.positions.flat()[index]),
    inverse3(step.cell),
  );
  if (!shifts.every((shift) => Math.abs(shift - Math.round(shift)) < 2e-5)) return 'positions differ';
  if (!isNear(Number(step.info.free_energy ?? Number.NaN), last.free_energy ?? Number.NaN, 1e-6))
    return 'free energy differs';
  if ((last.forces === undefined) !== (labels.forces === undefined)) return 'forces are missing';
  if (last.forces && !isNearAll(labels.forces, last.forces.flat(), 2e-6)) return 'forces differ';
  if ((last.stress_voigt === undefined) !== (labels.stress === undefined)) return 'stress is missing';
  if (last.stress_voigt && !isNearAll(labels.stress, last.stress_voigt, 2e-8)) return `stress ${labels.stress}`;
  return undefined;
}

function isNear(actual: number | undefined, expected: number | undefined, tolerance: number): boolean {
  return Object.is(actual, expected) || Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN)) <= tolerance;
}

function isNearAll(actual: ArrayLike<number> | undefined, expected: readonly number[], tolerance: number): boolean {
  return (
    actual?.length === expected.length && expected.every((value, index) => Math.abs(actual[index] - value) <= tolerance)
  );
}
