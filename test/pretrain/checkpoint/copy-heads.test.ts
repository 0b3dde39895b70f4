import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createModelCalculator } from '../../../calculators/model-calculator.js';
import { copyHeads } from '../../../pretrain/checkpoint/copy-heads.js';
import { exportModel } from '../../../pretrain/checkpoint/export-model.js';
import { startFromModel } from '../../../pretrain/checkpoint/start-from-model.js';
import { parsePretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import { prepareData } from '../../../pretrain/dataset/prepare-data.js';
import { layoutFor, type ModelConfig } from '../../../src/models/kinds.js';
import { loadModel } from '../../../src/models/load-model.js';
import type { Model } from '../../../src/models/model.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { writeCells } from '../../helpers/spring-project.js';

const conservative: ModelConfig = {
  ...{ kind: 'painn', channels: 8, layers: 2, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
  ...{ maxNeighbors: null, elementCount: 40, smooth: true, scaleFactors: [1, 1] },
  forces: 'conservative',
  heads: ['a', 'b', 'c'],
};
const card = { name: 'source', license: 'none', trainingData: [], notes: [] };

/** A model with heads that differ, the last of which learned denoising. */
function sourceModel(config = conservative): Model {
  const heads = config.heads.map((name, index) => ({
    ...{ name, energyScale: 1 + index, forceScale: 0.5 + index, referenceEnergies: { Ni: 3, Cu: 2 } },
    ...(name === 'c' && { denoising: true }),
  }));
  const parameters = initializeParameters(layoutFor(config), createRandom(1)).map((value) => value + 0.01);
  return { config, parameters, heads, card };
}

/** Rattled cells of four atoms with every ratio of two elements. */
function rattledMixtures(symbols: readonly [string, string]): Structure[] {
  const random = createRandom(3);
  return Array.from({ length: 10 }, (_, index) =>
    createStructure({
      symbols: Array.from({ length: 4 }, (_, atom) => symbols[atom < index % 5 ? 1 : 0]),
      positions: [0, 0, 0, 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0].map((x) => x + 0.1 * random.normal()),
      cell: [3.6, 0, 0, 0, 3.6, 0, 0, 0, 3.6],
    }),
  );
}

/** The cells with what a head says of them, times a factor and counted from other zeros, as labels. */
async function label(model: Model, head: string, cells: readonly Structure[]): Promise<Structure[]> {
  await using calculator = createModelCalculator({ model, head, threads: 1 });
  const labelled: Structure[] = [];
  for (const cell of cells) {
    const { energy, forces } = await calculator.calculate(cell);
    const coppers = cell.numbers.filter((number) => number === 29).length;
    const [before, after] = [2 * coppers + 3 * (4 - coppers), -7 * coppers - 11 * (4 - coppers)];
    labelled.push({
      ...cell,
      labels: { energy: factor * (energy - before) + after, forces: forces.map((f) => factor * f) },
    });
  }
  return labelled;
}
const factor = 1.7;

const folder = mkdtempSync(join(tmpdir(), 'lamm-copy-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function copy(model: Model, cells: readonly Structure[], subset = '') {
  writeCells(folder, 'cells.extxyz', cells);
  const { data: options } = parsePretrainConfig(
    `{ data: { subsets: [{ name: own, train: [cells.extxyz]${subset} }] }, training: { batch: { atoms: 16 }, length: 1 epoch }, out: x }`,
  );
  const data = await prepareData(options, { directory: folder, energyReduction: 'per-atom' });
  const from = { model, file: 'source.safetensors', heads: 'copy' } as const;
  return copyHeads(from, data, { options, energyReduction: 'per-atom' });
}

describe('copyHeads', () => {
  it.each([
    ['conservative', conservative],
    ['direct', { ...conservative, forces: 'direct' } as const],
  ])('finds the head that knows the data, its factor and its zero (%s)', async (_, source) => {
    const model = sourceModel(source);
    const cells = await label(model, 'b', rattledMixtures(['Ni', 'Cu']));
    const { from, data, notices } = await copy(model, cells);
    expect(from.copies?.get('own')).toEqual({ head: 'b', factor: expect.closeTo(factor, 4) });
    expect(notices.join()).toMatch(
      /head own begins as a copy of b times 1\.70, .* errs by 0\.0 meV\/atom and 0 meV\/A \(rms, 10 structures\)/,
    );

    const config = { ...source, heads: ['own'] };
    const layout = layoutFor(config);
    const parameters = initializeParameters(layout, createRandom(2));
    const normalizers = data.heads.map(({ normalizer }) => normalizer);
    startFromModel(from, { config, layout, parameters, normalizers, elements: data.elements });
    const file = join(folder, 'model.safetensors');
    await exportModel(file, { config, parameters, data, card });
    await using calculator = createModelCalculator({ model: loadModel(file), threads: 1 });
    for (const { labels, ...cell } of cells) {
      const { energy, forces } = await calculator.calculate(cell);
      expect(energy).toBeCloseTo(labels.energy ?? Number.NaN, 3); // single precision
      for (const [index, force] of forces.entries()) expect(force).toBeCloseTo(labels.forces?.[index] ?? Number.NaN, 3);
    }
  });

  it('goes by the energies where all forces are zero, and says so', async () => {
    const model = sourceModel();
    const labelled = await label(model, 'b', rattledMixtures(['Ni', 'Cu']));
    const still = labelled.map(({ labels, ...cell }) => ({
      ...cell,
      labels: { energy: (labels.energy ?? 0) / factor, forces: new Float64Array(12) },
    }));
    const { from, notices } = await copy(model, still);
    expect(from.copies).toEqual(new Map([['own', { head: 'b', factor: 1 }]]));
    expect(notices.join()).toMatch(
      /a copy of b times 1\.00, .*0\.0 meV\/atom .*; its forces are all zero, so that energies/,
    );
  });

  it('keeps what a head knows of energies where forces are small, as in relaxed structures', async () => {
    const model = sourceModel();
    const labelled = await label(model, 'b', rattledMixtures(['Ni', 'Cu']));
    const relaxed = labelled.map(({ labels, ...cell }) => ({
      ...cell,
      labels: { energy: labels.energy, forces: labels.forces?.map((_, index) => 1e-3 * Math.cos(index)) },
    }));
    const { from } = await copy(model, relaxed);
    // Energies, 1.7 times as large, would have 1.7; forces, of nothing in common, 0: weights 1 / 1.7^2 and 1.
    expect(from.copies?.get('own')).toEqual({ head: 'b', factor: expect.closeTo(factor / (factor ** 2 + 1), 2) });
  });

  it('lets a head begin anew where none of the model agrees with its data', async () => {
    const model = sourceModel();
    const oneHead = { ...model, config: { ...conservative, heads: ['a'] }, heads: model.heads.slice(0, 1) };
    const parameters = initializeParameters(layoutFor(oneHead.config), createRandom(1)).map((value) => value + 0.01);
    const labelled = await label({ ...oneHead, parameters }, 'a', rattledMixtures(['Ni', 'Cu']));
    const opposite = labelled.map(({ labels, ...cell }) => ({
      ...cell,
      labels: { energy: -(labels.energy ?? 0), forces: labels.forces?.map((force) => -force) },
    }));
    const { from, notices } = await copy({ ...oneHead, parameters }, opposite);
    expect(from.copies).toEqual(new Map());
    expect(notices.join()).toContain('head own begins anew: no head of the model agrees with its data');
  });

  it('leaves the energies of single atoms that were given', async () => {
    const model = sourceModel();
    const cells = await label(model, 'a', rattledMixtures(['Ni', 'Cu']));
    const { data } = await copy(model, cells, ', referenceEnergies: { Cu: -7.5 }');
    const { references } = data.heads[0].normalizer;
    expect(references.get(29)).toBe(-7.5);
    expect(references.get(28)).not.toBeCloseTo(-11, 3);
  });

  it('lets an element that is new to the model begin as its neighbour in the periodic table', async () => {
    const model = sourceModel();
    const cells = rattledMixtures(['Ni', 'Zn']).map((cell, index) => ({ ...cell, labels: { energy: index } }));
    const { from, notices } = await copy(model, cells, ', task: IS2RE');
    expect(notices.join()).toMatch(/new to the model: Zn, which begins as Cu/);
    const row = (parameters: Float32Array, number: number) => parameters.subarray(8 * (number - 1), 8 * number);
    expect(row(from.model.parameters, 30)).toEqual(row(model.parameters, 29));
    expect(row(from.model.parameters, 28)).toEqual(row(model.parameters, 28));
    expect(row(model.parameters, 30)).not.toEqual(row(model.parameters, 29));
  });

  it('tries heads on a part of many data', async () => {
    const cells = Array.from({ length: 200 }, () => rattledMixtures(['Ni', 'Cu'])).flat(); // 8000 atoms
    const labelled = cells.map((cell, index) => ({ ...cell, labels: { energy: index % 7 } }));
    const { notices } = await copy(sourceModel(), labelled, ', task: IS2RE');
    expect(notices.join()).toMatch(/\(rms, 1250 structures\)/);
  });

  it('refuses an element that the model has no room for', async () => {
    const cells = rattledMixtures(['Ni', 'Ag']).map((cell, index) => ({ ...cell, labels: { energy: index } }));
    await expect(copy(sourceModel(), cells, ', task: IS2RE')).rejects.toThrow(
      /atomic number 47, but model\.elementCount is 40;/,
    );
  });

  it('goes by the energies where there are no forces, and lets heads of noise begin anew', async () => {
    const model = sourceModel();
    const labelled = await label(model, 'b', rattledMixtures(['Ni', 'Cu']));
    const energies = labelled.map(({ labels, ...cell }) => ({
      ...cell,
      labels: { energy: (labels.energy ?? 0) / factor },
    }));
    const { from } = await copy(model, energies, ', task: IS2RE');
    expect(from.copies).toEqual(new Map([['own', { head: 'b', factor: 1 }]]));
    expect((await copy(model, labelled, ', task: denoise')).from.copies).toEqual(new Map());
  });
});
