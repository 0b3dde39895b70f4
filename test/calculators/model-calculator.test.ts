import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModelCalculator } from '../../calculators/model-calculator.js';
import { embeddedModels, modelFile } from '../../src/models/embedded-models.js';
import { layoutFor, type ModelConfig } from '../../src/models/kinds.js';
import { loadModel } from '../../src/models/load-model.js';
import type { Model, ModelHead } from '../../src/models/model.js';
import { createStructure } from '../../src/structure/structure.js';
import { largestDifference } from '../helpers/compare.js';
import { rattledCopper } from '../helpers/copper.js';
import { describeCalculatorContract } from './contract.js';
import { cluster, rattledCrystal } from './systems.js';

describe('expected errors', () => {
  it.each(['lamm-s-joint', 'lamm-l'])('%s: follow from a calculation as from its forces alone', async (model) => {
    await using calculator = createModelCalculator({ model, threads: 1 });
    const copper = rattledCopper(2);
    const [alone, other] = await calculator.calculateMany([copper, rattledCopper(1)]);
    const { forces, head } = alone;
    const known = await calculator.uncertaintyOf(copper, alone);
    const found = await calculator.uncertaintyOf(copper, { forces, head });
    if (known === undefined || found === undefined) throw new Error('expected the model to know its errors');
    expect(known.energyPerAtom / found.energyPerAtom).toBeCloseTo(1, 4);
    expect(largestDifference(known.forces ?? [], found.forces ?? [])).toBeLessThan(1e-4);
    expect(known.unlike).toEqual(found.unlike);
    expect(await calculator.uncertaintyOf(rattledCopper(1), other)).not.toEqual(known);
    expect(Object.keys(alone)).not.toContain('features');
  });
});

describe('the embedded model', () => {
  it('refuses elements that it never saw, with the list of those that it knows', async () => {
    const polonium = createStructure({ symbols: ['Po', 'O', 'O'], positions: [0, 0, 0, 1.9, 0, 0, 0, 1.9, 0] });
    await using calculator = createModelCalculator();
    await expect(calculator.calculate(polonium)).rejects.toMatchObject({
      code: 'unsupported-element',
      message: expect.stringMatching(
        /no head of lamm-s was trained on Po, found in O2Po.*crystals: H, He, .*; pbe: Li, Si, Ni, Cu, Ge, Nb, Mo, Ta, W; tio2-pbe: O, Ti/,
      ),
    });
  });

  it('is conservative and gives stress', () => {
    expect(createModelCalculator().capabilities).toMatchObject({
      conservative: true,
      stress: true,
      cutoff: 5,
      heads: expect.arrayContaining(['pbe', 'gfn2']),
    });
  });

  it('has the measured lattice constants of copper and silicon at its minimum, to 2 %', async () => {
    await using calculator = createModelCalculator();
    const crystals = [
      { symbol: 'Cu', measured: 3.615, basis: [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0] },
      {
        symbol: 'Si',
        measured: 5.431,
        basis: [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0].flatMap((_, i, all) =>
          i % 3 === 0 ? [all[i], all[i + 1], all[i + 2], all[i] + 0.25, all[i + 1] + 0.25, all[i + 2] + 0.25] : [],
        ),
      },
    ];
    for (const { symbol, measured, basis } of crystals) {
      const energyAt = async (edge: number) => {
        const positions = basis.map((part) => part * edge);
        const symbols = Array.from({ length: basis.length / 3 }, () => symbol);
        return (
          await calculator.calculate(
            createStructure({ symbols, positions, cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge] }),
          )
        ).energy;
      };
      const edges = [0.98, 1, 1.02].map((factor) => factor * measured * 1.005); // PBE cells are slightly larger
      const [small, middle, large] = await Promise.all(edges.map(energyAt));
      expect(middle, symbol).toBeLessThan(small);
      expect(middle, symbol).toBeLessThan(large);
    }
  });
});

// Single precision: a sum over thousands of edges keeps five to six digits; wider differences keep rounding below
// truncation.
const tolerances = { rounding: 2e-5, differences: 4e-3, displacement: 0.01, strain: 2e-3 };
const alloy = { symbols: ['Ni', 'Mo', 'Cu', 'Ni'], spacing: 2.6 };
for (const engine of ['fused', 'onnx'] as const) {
  describeCalculatorContract(
    `lamm-s with the engine ${engine}`,
    () => createModelCalculator({ threads: 1, engine }),
    [rattledCrystal(alloy), rattledCrystal(alloy, [true, false, true]), cluster(alloy)],
    tolerances,
  );
}

// In double precision the same graph keeps what any classical potential keeps.
describeCalculatorContract(
  'lamm-s in double precision',
  () => createModelCalculator({ threads: 1, precision: 'float64' }),
  [rattledCrystal(alloy), cluster(alloy)],
  { rounding: 1e-9, differences: 1e-6, displacement: 1e-4, strain: 1e-5 },
);

it('bears the name of the file of a model that is not the embedded one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  const file = join(folder, 'mine.safetensors');
  await copyFile(modelFile(), file);
  await using mine = createModelCalculator({ model: file });
  await using embedded = createModelCalculator({});
  expect([mine.name, embedded.name]).toEqual([file, 'lamm-s']);
  await rm(folder, { recursive: true });
});

it.each(embeddedModels)('%s has a licence, its data and test errors on its card', (model) => {
  const { card } = createModelCalculator({ model }).model;
  expect(card.license).toBe('MIT');
  expect(card.trainingData.length).toBeGreaterThan(0);
  expect(card.notes.join('\n')).toMatch(/F MAE.*meV\/A.*\ntest +\d/s); // in one line of the head, or two
  expect(card.name).toBe(model);
});

describe('a model with several heads', () => {
  const { config, parameters, heads, card } = loadModel(modelFile('lamm-s-metals'));
  const [{ referenceEnergies, ...head }] = heads;
  const headOf = (name: string, symbols: readonly string[]): ModelHead => ({
    ...head,
    name,
    referenceEnergies: Object.fromEntries(symbols.map((symbol) => [symbol, referenceEnergies[symbol]])),
  });
  // Both outputs are that of the metals model; the second starts from other references.
  const names = ['metals', 'noise', 'mixed'];
  const wide = { ...config, heads: names };
  const model: Model = {
    config: wide,
    card,
    heads: [
      headOf('metals', ['Cu', 'Ni']),
      { ...headOf('noise', ['Cu', 'Si']), denoising: true },
      { ...headOf('mixed', ['Cu', 'Si', 'Mo']), energyOffset: 100, energiesAlone: true },
    ],
    parameters: widenHeads(config, wide, parameters),
  };

  it('calculates with the first head that knows all elements, and says which', async () => {
    const notices: string[] = [];
    await using several = createModelCalculator({ model, threads: 1, onNotice: (notice) => notices.push(notice) });
    await using single = createModelCalculator({ model: 'lamm-s-metals', threads: 1 });
    expect(several.capabilities.elements).toEqual(new Set([14, 28, 29, 42]));
    const [copper, silicon] = ['Cu', 'Si'].map((symbol) => rattledCopper(1, { symbols: Array(4).fill(symbol) }));
    expect((await several.calculate(copper)).energy).toBeCloseTo((await single.calculate(copper)).energy, 4);
    expect((await several.calculate(silicon)).energy).toBeCloseTo((await single.calculate(silicon)).energy + 100, 4);
    expect(notices).toEqual([
      expect.stringMatching(/^head metals, which learned from periodic structures; .*: mixed$/),
      expect.stringMatching(/^head mixed learned energies alone/),
    ]);
    const [first, second] = await several.calculateMany([silicon, copper]);
    expect(first.energy).toBeCloseTo((await several.calculate(silicon)).energy, 6);
    expect(second.energy).toBeCloseTo((await several.calculate(copper)).energy, 6);
  });

  it('refuses elements that no head has seen together', async () => {
    await using several = createModelCalculator({ model, threads: 1 });
    const alloy = rattledCopper(1, { symbols: ['Ni', 'Si', 'Ni', 'Si'] });
    await expect(several.calculate(alloy)).rejects.toThrow(
      /trained on Si, Ni together.*metals: Ni, Cu; mixed: Si, Cu, Mo/,
    );
  });

  it('keeps to the head that is named', async () => {
    await using mixed = createModelCalculator({ model, head: 'mixed', threads: 1 });
    await expect(mixed.calculate(rattledCopper(1, { symbols: Array(4).fill('Ni') }))).rejects.toThrow(
      /not trained on Ni, found in Ni4/,
    );
    expect(() => createModelCalculator({ model, head: 'scan' })).toThrow(/metals, noise, mixed/);
  });
});

/** Parameters of `wide`, every head of which is the only one of `config`. */
function widenHeads(config: ModelConfig, wide: ModelConfig, parameters: Float32Array): Float32Array {
  const target = new Float32Array(layoutFor(wide).size);
  const sources = layoutFor(config).entries;
  for (const [index, { offset, size }] of layoutFor(wide).entries.entries()) {
    const source = parameters.subarray(sources[index].offset, sources[index].offset + sources[index].size);
    for (let start = 0; start < size; start += source.length) target.set(source, offset + start);
  }
  return target;
}
