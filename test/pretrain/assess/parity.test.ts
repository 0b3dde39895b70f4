import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../pretrain/assess/evaluate.js';
import {
  elementErrors,
  joinPairs,
  pairStatistics,
  paritySets,
  structureErrors,
} from '../../../pretrain/assess/parity.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { GPa } from '../../../src/units.js';

interface Given {
  readonly numbers: readonly number[];
  readonly energy?: number;
  readonly predicted: number;
  readonly forces?: readonly number[];
  readonly file?: string;
  readonly group?: string;
}

function comparison({ numbers, energy, predicted, forces, file = 'a.xyz', group }: Given): Comparison {
  const structure = createStructure({ numbers, positions: numbers.flatMap((_, index) => [3 * index, 0, 0]) });
  return {
    sample: {
      structure,
      ...(energy !== undefined && { energy }),
      ...(forces && { forces: Float64Array.from(forces) }),
      origin: { path: file, file, frame: 1, ...(group !== undefined && { group }) },
    },
    result: {
      energy: predicted,
      energies: new Float64Array(numbers.length),
      forces: new Float64Array(3 * numbers.length),
    },
  };
}

const pairs = (reference: readonly number[], predicted: readonly number[]) => ({
  reference: Float64Array.from(reference),
  predicted: Float64Array.from(predicted),
});

describe('statistics of pairs', () => {
  it('of a straight line with noise of known size are known', () => {
    const random = createRandom(3);
    const reference = Float64Array.from({ length: 100_000 }, () => 2 * random.normal());
    const predicted = reference.map((value) => 0.5 + 0.9 * value + 0.1 * random.normal());
    const { rmse, r2, slope, count } = pairStatistics({ reference, predicted });
    const square = 0.25 + 0.01 * 4 + 0.01; // offset, slope and noise
    expect(count).toBe(100_000);
    expect(rmse).toBeCloseTo(Math.sqrt(square), 2);
    expect(r2).toBeCloseTo(1 - square / 4, 2);
    expect(slope).toBeCloseTo(0.9, 2);
  });

  it('of perfect predictions are perfect, of the mean alone worth nothing', () => {
    expect(pairStatistics(pairs([1, 2, 4], [1, 2, 4]))).toEqual({
      count: 3,
      mae: 0,
      rmse: 0,
      r2: 1,
      slope: expect.closeTo(1),
    });
    const mean = pairStatistics(pairs([1, 2, 6], [3, 3, 3]));
    expect(mean.r2).toBeCloseTo(0, 12);
    expect(mean.slope).toBeCloseTo(0, 12);
    expect(mean.mae).toBeCloseTo(2, 12);
  });

  it('have no R2 and slope where all references are the same', () => {
    expect(pairStatistics(pairs([0.1, 0.1, 0.1], [0.2, 0.1, 0]))).toMatchObject({ r2: Number.NaN, slope: Number.NaN });
  });
});

describe('parity of energies', () => {
  const given: Given[] = [
    { numbers: [29], energy: -10, predicted: -9.5, group: 'x' },
    { numbers: [29, 29], energy: -20.2, predicted: -20, group: 'y' },
    { numbers: [29, 8], energy: -14.2, predicted: -14, file: 'b.xyz' },
    { numbers: [29, 8, 8], energy: -18, predicted: -18, file: 'b.xyz' },
  ];

  it('is free of the energies of the elements, in labels and predictions alike', () => {
    const shifted = given.map((one) => {
      const shift = one.numbers.reduce((sum, number) => sum + (number === 29 ? 1000 : -7), 0);
      return { ...one, energy: (one.energy ?? 0) + shift, predicted: one.predicted + shift };
    });
    const [plain, moved] = [given, shifted].map((list) =>
      joinPairs(paritySets(list.map(comparison)).map(({ energies }) => energies)),
    );
    for (const key of ['reference', 'predicted'] as const) {
      moved[key].forEach((value, index) => expect(value).toBeCloseTo(plain[key][index], 8));
      expect(Math.max(...moved[key].map(Math.abs))).toBeLessThan(1);
    }
  });

  it('is by file, and by group where a file has several', () => {
    const sets = paritySets(given.map(comparison));
    expect(sets.map(({ file, group, energies }) => [file, group, energies.reference.length])).toEqual([
      ['a.xyz', undefined, 2],
      ['a.xyz', 'x', 1],
      ['a.xyz', 'y', 1],
      ['b.xyz', undefined, 2],
    ]);
    const { reference, predicted } = sets[0].energies;
    expect(predicted[0] - reference[0]).toBeCloseTo(0.5, 12);
    expect(predicted[1] - reference[1]).toBeCloseTo(0.1, 12); // an atom
  });
});

describe('the errors of structures', () => {
  it('are those of the energy per atom and of the worst force, with its atom', () => {
    const [error, unlabelled] = structureErrors([
      comparison({ numbers: [29, 8], energy: 1, predicted: 2, forces: [0.1, 0, 0, 3, 0, -4] }),
      comparison({ numbers: [8], predicted: 2 }),
    ]);
    expect(error).toMatchObject({ energy: 0.5, force: { length: 5, atom: 1 } });
    expect(unlabelled).not.toHaveProperty('energy');
    expect(unlabelled).not.toHaveProperty('force');
  });

  it('are parity of components, one after another', () => {
    const [set] = paritySets([comparison({ numbers: [29], energy: 0, predicted: 0, forces: [1, 2, 3] })]);
    expect(Array.from(set.forces.reference)).toEqual([1, 2, 3]);
    expect(Array.from(set.forces.predicted)).toEqual([0, 0, 0]);
  });
});

describe('stress beside its labels', () => {
  it('is told in GPa, where there are labels and the calculator says it', () => {
    const [one, without] = [10, 20].map((x) => comparison({ numbers: [29], predicted: x }));
    const stress = (value: number) => new Float64Array(6).fill(value * GPa);
    const labelled = {
      sample: { ...one.sample, stress: stress(2) },
      result: { ...one.result, stress: stress(2.5) },
    };
    const unsaid = { sample: { ...one.sample, stress: stress(2) }, result: one.result };
    const [set] = paritySets([labelled, unsaid, without]);
    expect(set.stress.reference).toHaveLength(6);
    expect(pairStatistics(set.stress).mae).toBeCloseTo(0.5, 12);
  });
});

describe('errors by element', () => {
  it('are those of its atoms and of the structures that hold it', () => {
    const list = [
      comparison({ numbers: [8, 8, 14], energy: 3, predicted: 6, forces: [1, 1, 1, 2, 2, 2, 6, 0, 0] }),
      comparison({ numbers: [8], energy: 3, predicted: 3 }),
      comparison({ numbers: [29], predicted: 3, forces: [0, 3, 0] }),
    ];
    expect(elementErrors(list)).toEqual([
      { number: 8, structures: 2, energy: 0.5, atoms: 2, forces: 1.5 },
      { number: 14, structures: 1, energy: 1, atoms: 1, forces: 2 },
      { number: 29, structures: 0, energy: 0, atoms: 1, forces: 1 },
    ]);
  });
});
