import { describe, expect, it } from 'vitest';
import { addError, createErrorSums, errorRecord, summarizeErrors } from '../../../pretrain/assess/error-sums.js';
import { validate } from '../../../pretrain/assess/validate.js';
import type { Example } from '../../../pretrain/dataset/graphs.js';
import { GPa } from '../../../src/units.js';
import { createLinearTrainStep } from '../../helpers/linear-train-step.js';
import { linearExamples, truth } from '../../helpers/linear-training.js';

const normalizer = {
  references: new Map([
    [28, 0],
    [29, 0],
  ]),
  energyScale: 1,
  forceScale: 1,
  stressScale: 1,
};
const options = {
  trainStep: createLinearTrainStep(),
  normalizers: [normalizer],
  budget: { atoms: 13 },
  weights: { energy: 2, forces: 3, stress: 0 },
  energyReduction: 'total',
  forceReduction: 'structure',
} as const;

function parametersWith(energyShift: number, springShift: number): Float32Array {
  const parameters = new Float32Array(119);
  for (const number of [28, 29]) parameters[number - 1] = truth.energies[number] + energyShift;
  parameters[118] = truth.spring + springShift;
  return parameters;
}

describe('validate', () => {
  const store = linearExamples(30, 9);

  it('finds no error in the parameters that made the labels', async () => {
    const { loss, total } = await validate(store, parametersWith(0, 0), options);
    expect(loss).toBeLessThan(1e-5);
    expect(total.forces?.mae).toBeLessThan(1e-6);
  });

  it('finds the error of the energy per atom that was put in, in every file', async () => {
    const { total, files } = await validate(store, parametersWith(0.125, 0), options);
    expect(Object.keys(files).sort()).toEqual(['even.xyz', 'odd.xyz']);
    for (const errors of [total, ...Object.values(files)]) {
      expect(errors.energy?.mae).toBeCloseTo(0.125, 6);
      expect(errors.energy?.rmse).toBeCloseTo(0.125, 6);
    }
    expect(total.energy?.count).toBe([...store.samples].filter(({ energy }) => energy !== undefined).length);
  });

  it('gives errors in eV whatever the scales of the normaliser', async () => {
    const scaled = { ...normalizer, energyScale: 4, forceScale: 0.5, stressScale: 1 };
    const parameters = parametersWith(0, 0).map((value, index) => (index < 118 ? value / 4 : value / 0.5));
    const { total } = await validate(store, parameters, { ...options, normalizers: [scaled] });
    expect(total.energy?.mae).toBeLessThan(1e-6);
    expect(total.forces?.mae).toBeLessThan(1e-6);
  });

  it('measures the training loss: energies per structure, forces as mean length of the error over atoms, then structures', async () => {
    const { loss } = await validate(store, parametersWith(0.5, 0.25), options);
    let [energy, energyCount, force, forceCount] = [0, 0, 0, 0];
    for (const { energy: label, forces, structure } of store.samples) {
      const atomCount = structure.numbers.length;
      if (label !== undefined) {
        energy += 0.5 * atomCount;
        energyCount++;
      }
      if (forces === undefined) continue;
      const lengths = Array.from({ length: atomCount }, (_, atom) =>
        Math.hypot(...forces.subarray(3 * atom, 3 * atom + 3)),
      );
      force += ((0.25 / truth.spring) * lengths.reduce((sum, length) => sum + length, 0)) / atomCount;
      forceCount++;
    }
    expect(loss).toBeCloseTo((2 * energy) / energyCount + (3 * force) / forceCount, 4);
  });

  it('averages force errors over all atoms alike when the training does', async () => {
    const atomWise = { ...options, forceReduction: 'atom' } as const;
    const { loss } = await validate(store, parametersWith(0, 0.25), atomWise);
    let [sum, count] = [0, 0];
    for (const { forces = [] } of store.samples) {
      for (let atom = 0; atom < forces.length / 3; atom++) {
        sum += (0.25 / truth.spring) * Math.hypot(...forces.slice(3 * atom, 3 * atom + 3));
        count++;
      }
    }
    expect(loss).toBeCloseTo((3 * sum) / count, 4);
  });

  it('tells subsets apart, whose weights count in the loss of all alone', async () => {
    const joint = (weight?: number) => {
      const inSubset = (index: number): Example => {
        const { sample, graph } = store.example(index);
        const subset =
          index % 3 === 0 ? { name: 'third', head: 0, ...(weight && { weight }) } : { name: 'rest', head: 0 };
        return { sample: { ...sample, subset }, graph };
      };
      const samples = Array.from(store.samples, (_, index) => inSubset(index).sample);
      return validate({ ...store, samples, example: inSubset }, parametersWith(0.125, 0), options);
    };
    const [even, weighted] = [await joint(), await joint(3)];
    expect(Object.keys(even.subsets ?? {})).toEqual(['third', 'rest']);
    expect(weighted.subsets).toEqual(even.subsets);
    const energies = [...store.samples].map(({ energy, structure }) =>
      energy === undefined ? 0 : 0.125 * structure.numbers.length,
    );
    const count = energies.filter((error) => error > 0).length;
    const third = energies.filter((_, index) => index % 3 === 0).reduce((sum, error) => sum + error, 0);
    expect(weighted.loss - even.loss).toBeCloseTo((2 * (3 - 1) * third) / count, 5);
    expect(even.subsets?.third.errors.energy?.mae).toBeCloseTo(0.125, 6);
  });
});

describe('errorRecord', () => {
  it('states errors in meV/atom, meV/A and GPa, and leaves out what was not compared', () => {
    const sums = createErrorSums();
    addError(sums, 'energy', -0.003);
    addError(sums, 'energy', 0.001);
    addError(sums, 'stress', 2 * GPa);
    const record = errorRecord(summarizeErrors(sums));
    expect(Object.keys(record)).toEqual([
      'energyMaeMeVPerAtom',
      'energyRmseMeVPerAtom',
      'stressMaeGPa',
      'stressRmseGPa',
    ]);
    expect(record.energyMaeMeVPerAtom).toBeCloseTo(2, 10);
    expect(record.energyRmseMeVPerAtom).toBeCloseTo(Math.sqrt(5), 10);
    expect(record.stressMaeGPa).toBeCloseTo(2, 10);
  });
});
