import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { withInner } from '../../../md/ensembles/respa.js';
import type { MdOptions } from '../../../md/settings.js';
import { createRandom } from '../../../src/random.js';
import {
  argon,
  argonBaths,
  argonPotential,
  deterministicEnsembles,
  randomEnsembles,
  weakEnsembles,
} from '../../helpers/argon.js';
import { rattledCopper } from '../../helpers/copper.js';
import { mdFileContents, mdFiles, type RecordRequest, recordUntil } from '../../helpers/recording.js';

const steps = 60;
const settings = { origin: { calculator: 'argon' }, trajectoryEvery: 4, logEvery: 3 };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
});
afterAll(() => rm(folder, { recursive: true }));

const constrained: [string, Partial<MdOptions>][] = (
  ['nve', 'langevin', 'bussi', 'nose-hoover', 'berendsen'] as const
).map((ensemble) => [
  `${ensemble} under constraints`,
  {
    ensemble,
    constraints: [
      { kind: 'atoms', atoms: [1, 2] },
      { kind: 'plane', atoms: [3, 4], normal: [1, 1, 0] },
      { kind: 'line', atoms: [5], direction: [0, 1, 2] },
    ],
  },
]);
const ramps = [...randomEnsembles, ...deterministicEnsembles.slice(1), ...weakEnsembles].map(
  ([name, options]): [string, Partial<MdOptions>] => {
    const pressureEndGPa = options.ensemble?.startsWith('npt') ? 0.2 : 0;
    return [`${name}, on a ramp`, { ...options, temperatureEndK: 90, pressureEndGPa, rampSteps: 45 }];
  },
);
const others: [string, Partial<MdOptions>][] = [
  ['a relaxed start', { ensemble: 'bussi', equilibrate: true }],
  ['a free centre of mass', { ensemble: 'npt-rescale', centerOfMass: 'free' }],
];

it('is the same with the fused engine of a model', async () => {
  await using calculator = createCalculator('lamm-s', { model: 'lamm-s-metals', engine: 'fused' });
  const copper = rattledCopper(2);
  const md: MdOptions = { ensemble: 'nve', timestepFs: 2, temperatureK: 300, velocities: 'draw', steps: 30 };
  const common = { md, settings, checkpointEvery: 7 };
  const [whole, parts] = ['whole', 'parts'].map((name) => mdFiles(folder, `${name}-fused`));
  await recordUntil(copper, calculator, { ...common, files: whole });
  await using other = createCalculator('lamm-s', { model: 'lamm-s-metals', engine: 'fused' });
  await recordUntil(copper, calculator, { ...common, files: parts, stopAt: 11 });
  await recordUntil(copper, other, { ...common, files: parts, resume: true, stopAt: 20 });
  await recordUntil(copper, other, { ...common, files: parts, resume: true });
  expect(await mdFileContents(parts)).toEqual(await mdFileContents(whole));
});

it('is the same with inner steps', async () => {
  const calculator = withInner(
    argonPotential,
    createCalculator('lj', { epsilon: 0.01, sigma: 3.4, cutoff: 5, smooth: true }),
  );
  const md: MdOptions = { ...argonBaths, ensemble: 'nose-hoover', timestepFs: 8, innerSteps: 3, steps };
  const common = { md, settings, checkpointEvery: 13 };
  const [whole, parts] = ['whole', 'parts'].map((name) => mdFiles(folder, `${name}-respa`));
  await recordUntil(argon, calculator, { ...common, files: whole });
  await recordUntil(argon, calculator, { ...common, files: parts, stopAt: 30 });
  await recordUntil(argon, calculator, { ...common, files: parts, resume: true });
  expect(await mdFileContents(parts)).toEqual(await mdFileContents(whole));
});

describe('a simulation that dies twice and is resumed gives the same files to the bit', () => {
  const random = createRandom(5);
  const cases = [...deterministicEnsembles, ...randomEnsembles, ...weakEnsembles, ...constrained, ...ramps, ...others];
  it.each(cases.map(([name, options], index) => [name, options, index] as const))('%s', async (_, ensemble, index) => {
    const md = { ...argonBaths, ...ensemble, timestepFs: 5, steps };
    const optionsOf = (name: string): RecordRequest => ({
      md,
      files: mdFiles(folder, name + index),
      settings,
      checkpointEvery: 13,
    });
    const whole = optionsOf('whole');
    await recordUntil(argon, argonPotential, whole);
    const parts = optionsOf('parts');
    await recordUntil(argon, argonPotential, { ...parts, stopAt: 1 + random.integer(steps / 2) });
    for (const stopAt of [30 + random.integer(steps / 2), undefined]) {
      await recordUntil(argon, argonPotential, { ...parts, md: { ...md }, resume: true, stopAt });
    }
    expect(await mdFileContents(parts.files)).toEqual(await mdFileContents(whole.files));
  });
});
