import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collate } from '../../pretrain/batch/batch.js';
import { type PretrainConfig, parsePretrainConfig } from '../../pretrain/config/pretrain-config.js';
import { describeTeachers } from '../../pretrain/dataset/describe-data.js';
import { createExampleStore } from '../../pretrain/dataset/graphs.js';
import { prepareData } from '../../pretrain/dataset/prepare-data.js';
import { keepPrepared } from '../../pretrain/dataset/prepared/keep-prepared.js';
import { openPrepared } from '../../pretrain/dataset/prepared/open-prepared.js';
import type { Sample } from '../../pretrain/dataset/sample/sample.js';
import type { LossOptions } from '../../pretrain/step/loss.js';
import { termWeights } from '../../pretrain/step/term-weights.js';
import { createTrainStep } from '../../pretrain/step/train-step.js';
import { createCalculator } from '../../src/index.js';
import { layoutFor } from '../../src/models/kinds.js';
import { formatModel } from '../../src/models/model-file.js';
import { rattledCopper } from '../helpers/copper.js';
import { useFolder } from '../helpers/folder.js';
import { rattledCells, writeCells } from '../helpers/spring-project.js';
import { tinyPainn } from '../helpers/tiny-painn.js';

/** It knows copper, and no nickel. */
const teacher = tinyPainn();
const copper = [0.05, 0.1, 0.15].map((rattle) => {
  const crystal = rattledCopper(2, { rattle });
  return { ...crystal, labels: { energy: -3.5 * crystal.numbers.length, forces: new Float64Array(96).fill(0.1) } };
});
const [withNickel] = rattledCells(1, 4);

const inFolder = useFolder('test', async () => {
  writeFileSync(inFolder('teacher.safetensors'), formatModel(teacher));
  const folder = inFolder('.');
  writeCells(folder, 'train.extxyz', [copper[0], withNickel, copper[1], copper[2]]);
  writeCells(folder, 'val.extxyz', [copper[0]]);
});

function configure(data = 'teacher: teacher.safetensors'): PretrainConfig {
  return parsePretrainConfig(`
data: { train: [train.extxyz], validation: [val.extxyz], ${data} }
training: { batch: { atoms: 64 }, length: 1 epoch }
out: run
`);
}

const prepare = (config = configure()) =>
  prepareData(config.data, { directory: inFolder('.'), energyReduction: 'per-atom' });

async function energiesOfTeacher({ structure }: Sample): Promise<Float64Array> {
  await using calculator = createCalculator('lamm-s', { model: teacher, threads: 1 });
  return (await calculator.calculate(structure)).energies;
}

describe('a teacher', () => {
  it('tells the energies of the atoms of frames to train on that it knows, their order and labels kept', async () => {
    const { training, validation } = await prepare();
    const samples = [...training];
    expect(samples.map(({ origin }) => origin.frame)).toEqual([1, 2, 3, 4]);
    expect(samples.map(({ energy }) => energy)).toEqual([
      copper[0].labels.energy,
      expect.closeTo(withNickel.labels.energy ?? Number.NaN, 6),
      copper[1].labels.energy,
      copper[2].labels.energy,
    ]);
    expect(samples.map(({ atomEnergies }) => atomEnergies?.length)).toEqual([32, undefined, 32, 32]);
    for (const index of [0, 2, 3]) {
      const told = samples[index].atomEnergies ?? [];
      const expected = await energiesOfTeacher(samples[index]);
      for (const [atom, energy] of expected.entries()) expect(told[atom]).toBeCloseTo(energy, 5);
    }
    expect([...validation].map(({ atomEnergies }) => atomEnergies)).toEqual([undefined]);
  });

  it('is asked once for prepared data, and again when it has changed', async () => {
    const config = configure();
    const options = { directory: inFolder('.'), energyReduction: 'per-atom', cutoff: 4 } as const;
    const keep = () => keepPrepared(inFolder('prepared'), config.data, options);
    expect(await keep()).toBeDefined();
    expect(await keep()).toBeUndefined();
    const opened = await openPrepared(inFolder('prepared'), config.data, options);
    const [direct] = [...(await prepare()).training];
    expect(opened.training.at(0)?.atomEnergies).toEqual(direct.atomEnergies);
    expect(opened.subsets[0].teacher).toEqual({ model: 'teacher.safetensors', count: 3 });
    const other = { ...teacher, parameters: teacher.parameters.map((value) => 2 * value) };
    writeFileSync(inFolder('teacher.safetensors'), formatModel(other));
    expect(await keep()).toBeDefined();
  });

  it('makes other data: a checkpoint without it does not fit', async () => {
    const [taught, alone] = [await prepare(), await prepare(configure('energyKey: energy'))];
    expect(taught.fingerprint).not.toBe(alone.fingerprint);
  });

  it('has weight in the loss where there is one', async () => {
    const { training } = configure();
    const [taught, alone] = [await prepare(), await prepare(configure('energyKey: energy'))];
    expect(termWeights(training, teacher.config, taught).atomEnergies).toBe(1);
    expect(termWeights(training, teacher.config, alone).atomEnergies).toBe(0);
    expect(describeTeachers(alone.subsets)).toEqual([]);
    expect(describeTeachers(taught.subsets)).toEqual([
      'taught by teacher.safetensors: the energies of the atoms of 3 training structures',
    ]);
  });

  it('that is not there is named', async () => {
    await expect(prepare(configure('teacher: lamm-x'))).rejects.toThrow(/no such model; models of this package are/);
  });

  it('belongs into each subset where there are some', () => {
    expect(() =>
      parsePretrainConfig(`
data: { subsets: [{ name: a, train: [train.extxyz] }], teacher: lamm-s }
training: { batch: { atoms: 64 }, length: 1 epoch }
out: run
`),
    ).toThrow(/with subsets, their files, keys, reference energies and teachers belong into each subset/);
  });
});

describe('the energies of atoms in the loss', () => {
  const layout = layoutFor(teacher.config);
  const [{ energyScale, forceScale }] = teacher.heads;
  const references = new Map([
    [8, -4.25],
    [28, 0],
    [29, -3.5],
  ]);
  const normalizers = [{ references, energyScale, forceScale, stressScale: 1 }];
  const options: LossOptions = {
    weights: { energy: 0, forces: 0, stress: 0, atomEnergies: 1 },
    energyReduction: 'per-atom',
    forceReduction: 'structure',
    scales: normalizers,
  };

  /** The loss of a student that is the teacher, of samples whose atoms have these shifts in energy, in eV. */
  async function lossOf(shifts: readonly (number | undefined)[]) {
    const samples = await Promise.all(
      shifts.map(async (shift, index): Promise<Sample> => {
        const origin = { path: '', file: '', frame: index + 1 };
        if (shift === undefined) return { structure: withNickel, energy: 0, origin };
        const sample = { structure: copper[index], origin };
        return { ...sample, atomEnergies: (await energiesOfTeacher(sample)).map((energy) => energy + shift) };
      }),
    );
    const store = createExampleStore(samples, { model: teacher.config, maximumBytes: 0 });
    const batch = collate(
      shifts.map((_, index) => store.example(index)),
      normalizers,
    );
    await using step = await createTrainStep(teacher.config, options, { threads: 1 });
    const gradients = new Float32Array(layout.size);
    const { loss, terms } = await step.run(batch, teacher.parameters, { gradients });
    expect(terms).toEqual({ energy: expect.any(Number), forces: 0, stress: 0, atomEnergies: loss });
    return { loss, gradients };
  }

  it('teach nothing to a student that says the same, repulsion included', async () => {
    expect((await lossOf([0, 0])).loss).toBeLessThan(1e-5); // single precision
  });

  it('count by the mean of the atoms of a structure, then of the structures that have them', async () => {
    const { loss } = await lossOf([0.2, undefined, -0.1]);
    expect(loss).toBeCloseTo(0.15 / energyScale, 5);
  });

  it('have no gradient where there are none', async () => {
    const { gradients } = await lossOf([undefined]);
    expect(gradients.every((value) => value === 0)).toBe(true);
  });
});
