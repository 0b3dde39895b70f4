import { describe, expect, it } from 'vitest';
import { calibrateHeads } from '../../../pretrain/assess/calibrate.js';
import type { PreparedData } from '../../../pretrain/dataset/prepare-data.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { createEmbedder } from '../../../src/models/embedding.js';
import { layoutFor, type ModelConfig } from '../../../src/models/kinds.js';
import type { Model } from '../../../src/models/model.js';
import { formatModel, parseModel } from '../../../src/models/model-file.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createPotential } from '../../../src/models/potential.js';
import { estimateUncertainty } from '../../../src/models/uncertainty.js';
import { createRandom } from '../../../src/random.js';
import type { Structure } from '../../../src/structure/structure.js';
import { rattledCells } from '../../helpers/spring-project.js';

const config: ModelConfig = {
  ...{ kind: 'painn', channels: 8, layers: 2, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
  ...{ maxNeighbors: null, elementCount: 40, smooth: true, scaleFactors: [1, 1] },
  forces: 'conservative',
  heads: ['springs', 'few', 'bare'],
};
const referenceEnergies = { Cu: -3.5, Ni: -3.5 };
const model: Model = {
  config,
  parameters: initializeParameters(layoutFor(config), createRandom(3)),
  heads: config.heads.map((name) => ({ name, energyScale: 0.3, forceScale: 1, referenceEnergies })),
  card: { name: 'untrained', license: 'none', trainingData: [], notes: [] },
};

const samplesOf = (cells: readonly Structure[], head: number): Sample[] =>
  cells.map((structure, index) => {
    const { energy, forces } = structure.labels;
    const labels = head === 2 ? {} : { energy, forces };
    return { structure, ...labels, origin: { path: '', file: '', frame: index + 1 }, subset: { name: '', head } };
  });
const references = new Map([28, 29].map((number) => [number, -3.5] as const));
const normalizer = { references, energyScale: 0.3, forceScale: 1, stressScale: 1 };
const fit = { references: {}, fittedCount: 2, rank: 2, residual: 0, worst: [] };
const data: Pick<PreparedData, 'heads' | 'training' | 'validation'> = {
  heads: config.heads.map((name, index) => ({ name, elements: [28, 29], normalizer, ...(index < 2 && { fit }) })),
  training: [...samplesOf(rattledCells(80, 1), 0), ...samplesOf(rattledCells(30, 2), 1)],
  validation: [
    ...samplesOf(rattledCells(80, 3), 0),
    ...samplesOf(rattledCells(10, 4), 1),
    ...samplesOf(rattledCells(40, 5), 2),
  ],
};

describe('calibrateHeads', async () => {
  const uncertainties = await calibrateHeads(model, data, { threads: 1 });

  it('leaves out heads of denoising and those with few structures apart', () => {
    expect([...uncertainties.keys()]).toEqual(['springs']);
    expect(uncertainties.get('springs')?.calibration.structures).toBe(80);
  });

  it('gives errors of which about two thirds are smaller on structures that it has not seen', async () => {
    const uncertainty = uncertainties.get('springs');
    if (uncertainty === undefined) throw new Error('expected the head to be calibrated');
    await using potential = createPotential(model, { head: 'springs', threads: 1 });
    await using embedder = createEmbedder(model, { layer: 'lastFeatures', threads: 1 });
    const cells = rattledCells(200, 6);
    let [forces, energies] = [0, 0];
    for (const cell of cells) {
      const result = await potential.evaluate(cell);
      const features = await embedder.embed(cell);
      const expected = estimateUncertainty(uncertainty, { features, forces: result.forces });
      const { energy = Number.NaN, forces: labels = new Float64Array() } = cell.labels;
      energies += Number(Math.abs(result.energy - energy) / 4 < expected.energyPerAtom);
      labels.forEach((label, component) => {
        const error = Math.abs(result.forces[component] - label);
        forces += Number(error < (expected.forces?.[Math.floor(component / 3)] ?? 0));
      });
    }
    // 2,400 components and 200 energies, scaled on 80 structures: three standard deviations of either.
    expect(Math.abs(forces / (12 * cells.length) - 0.6827)).toBeLessThan(0.06);
    expect(Math.abs(energies / cells.length - 0.6827)).toBeLessThan(0.2);
  });

  it('calls atoms unlike the training where they are, and nearly none of the training', async () => {
    const uncertainty = uncertainties.get('springs');
    if (uncertainty === undefined) throw new Error('expected the head to be calibrated');
    await using embedder = createEmbedder(model, { layer: 'lastFeatures', threads: 1 });
    const unlikeOf = async (cells: readonly Structure[]) => {
      const marks: number[] = [];
      for (const cell of cells) {
        const features = await embedder.embed(cell);
        marks.push(...estimateUncertainty(uncertainty, { features, forces: new Float64Array(12) }).unlike);
      }
      return marks.reduce((sum, mark) => sum + mark, 0) / marks.length;
    };
    const crushed = rattledCells(10, 7).map((cell) => ({
      ...cell,
      cell: cell.cell.map((value) => 0.6 * value),
      positions: cell.positions.map((value) => 0.6 * value),
    }));
    expect(await unlikeOf(rattledCells(80, 1))).toBeLessThan(0.01);
    expect(await unlikeOf(crushed)).toBeGreaterThan(0.9);
  });

  it('is part of the model file', () => {
    const calibrated = { ...model, uncertainties };
    expect(parseModel(formatModel(calibrated))).toEqual(calibrated);
    expect(parseModel(formatModel(model))).toEqual(model);
  });
});
