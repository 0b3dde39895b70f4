import { describe, expect, it } from 'vitest';
import { fitNormalizer, normalizedEnergy } from '../../../../pretrain/dataset/labels/normalizer.js';
import {
  assertReferences,
  fitReferenceEnergies,
  referenceEnergyOf,
} from '../../../../pretrain/dataset/labels/reference-energies.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../../src/structure/structure.js';

function sample(symbols: string, energy?: number, forces?: readonly number[]): Sample {
  const list = symbols.split(' ');
  const structure = createStructure({ symbols: list, positions: list.flatMap((_, index) => [2 * index, 0, 0]) });
  return {
    structure,
    ...(energy !== undefined && { energy }),
    ...(forces && { forces: Float64Array.from(forces) }),
    origin: { path: 'a.xyz', file: 'a.xyz', frame: 4 },
  };
}

describe('fitReferenceEnergies', () => {
  it('recovers the energies of elements when totals are sums over elements', () => {
    const { references, rank } = fitReferenceEnergies([sample('Cu', -3), sample('Cu Ni', -8), sample('Cu Ni Ni', -13)]);
    expect(rank).toBe(2);
    expect(references.get(29)).toBeCloseTo(-3, 12);
    expect(references.get(28)).toBeCloseTo(-5, 12);
    expect(references.size).toBe(2);
  });

  it('reports the rank and takes the shortest solution when elements keep one ratio', () => {
    const { references, rank, fitted } = fitReferenceEnergies([sample('O H H', -10), sample('O H H O H H', -20)]);
    expect(rank).toBe(1);
    expect(fitted).toEqual([1, 8]);
    expect(references.get(8)).toBeCloseTo(-2, 12);
    expect(references.get(1)).toBeCloseTo(-4, 12);
  });

  it('keeps energies that are given and fits the others', () => {
    const { references, fitted } = fitReferenceEnergies([sample('Cu Ni', -8)], { fixed: new Map([[29, -2]]) });
    expect(fitted).toEqual([28]);
    expect(references.get(29)).toBe(-2);
    expect(references.get(28)).toBeCloseTo(-6, 12);
  });

  it('weighs a large and a small structure alike when errors count per atom', () => {
    const samples = [sample('Cu', -3), sample('Cu Cu Cu Cu', -16)];
    expect(fitReferenceEnergies(samples, { perAtom: true }).references.get(29)).toBeCloseTo(-3.5, 12);
    // Minimises (e + 3)^2 + (4 e + 16)^2.
    expect(fitReferenceEnergies(samples).references.get(29)).toBeCloseTo(-67 / 17, 12);
  });

  it('ignores samples without an energy, whose elements then have no reference and are refused', () => {
    const samples = [sample('Cu', -3), sample('Ni', undefined, [0, 0, 0])];
    const { references } = fitReferenceEnergies(samples);
    expect(() => assertReferences(references, samples)).toThrow(
      /a\.xyz, frame 4 holds Ni, an element that no training frame .*known: Cu/,
    );
    expect(referenceEnergyOf(references, samples[1].structure)).toBeNaN();
  });
});

describe('fitNormalizer', () => {
  const samples = [sample('Cu', -3, [1, 2, -2]), sample('Cu Cu', -3, [0, 0, 0, 0, 0, 3]), sample('Cu Cu')];
  const references = new Map([[29, -2]]);

  it('measures the standard deviation of what the references leave, whole or per atom, and the rms force component', () => {
    const total = fitNormalizer(samples, references, 'total');
    expect(total.energyScale).toBeCloseTo(1, 12); // residuals -1 and 1
    expect(total.forceScale).toBeCloseTo(Math.sqrt(18 / 9), 12);
    expect(fitNormalizer(samples, references, 'per-atom').energyScale).toBeCloseTo(0.75, 12); // residuals -1 and 0.5
  });

  it('divides by 1 where there is no spread to divide by', () => {
    const { energyScale, forceScale } = fitNormalizer([sample('Cu', -3)], references, 'total');
    expect([energyScale, forceScale]).toEqual([1, 1]);
  });

  it('counts an energy from the references in units of the scale', () => {
    const normalizer = { references, energyScale: 0.3, forceScale: 1, stressScale: 1 };
    const { structure } = samples[1];
    expect(normalizedEnergy(normalizer, structure, -3)).toBeCloseTo(1 / 0.3, 12);
  });
});
