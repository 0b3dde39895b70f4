import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { loadRelaxCheckpoint, type RelaxCheckpoint, type RelaxedState } from '../../../md/relax/checkpoint.js';
import { relax } from '../../../md/relax/relax.js';
import { type RelaxAllOptions, type RelaxAllResult, relaxAll } from '../../../md/relax/relax-all.js';
import type { RelaxOptions } from '../../../md/relax/settings.js';
import { optimizerNames } from '../../../md/relax/settings.js';
import { createRandom } from '../../../src/random.js';
import type { Structure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';

const emt = createCalculator('emt');
const structures = [rattledCopper(1, { rattle: 0.2 }), rattledCopper(1, { rattle: 0.02 }), rattledCopper(2)];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
});
afterEach(() => rm(folder, { recursive: true }));

const checkpointOf = (name: string) => join(folder, `${name}.checkpoint`);
const trajectoryOf = (name: string) => join(folder, `${name}.txt`);

function optionsOf(name: string, options: RelaxOptions, resumeFrom?: RelaxCheckpoint): RelaxAllOptions {
  return {
    relax: options,
    origin: { calculator: 'emt' },
    checkpoint: checkpointOf(name),
    checkpointEvery: 5,
    trajectory: { path: trajectoryOf(name), format: (index, { step, energy }) => `${index} ${step} ${energy}\n` },
    resumeFrom,
  };
}

/** Relaxes; with `dieAfter`, leaves like a killed process after so many steps in all. */
async function run(
  list: readonly Structure[],
  options: RelaxAllOptions,
  { dieAfter = Infinity, calculator = emt }: { readonly dieAfter?: number; readonly calculator?: Calculator } = {},
): Promise<RelaxAllResult | undefined> {
  const steps = relaxAll(list, calculator, options);
  for (let count = 0; ; count++) {
    const next = await steps.next();
    if (next.done) return next.value;
    if (count === dieAfter) {
      await steps.return(undefined as never); // leaving a loop gives no result
      return undefined;
    }
  }
}

describe('relaxAll', () => {
  it('relaxes each structure as if it were alone', async () => {
    const result = await run(structures, optionsOf('a', { fmax: 0.02 }));
    for (const [index, structure] of structures.entries()) {
      const alone = await relax(structure, emt, { fmax: 0.02 });
      expect(result?.outcomes[index]).toMatchObject({ step: alone.step, energy: alone.energy, converged: true });
    }
    expect(await readdir(folder)).toEqual(['a.txt']); // no checkpoint is left
  });

  const cases = optimizerNames.flatMap((optimizer) =>
    ([undefined, 'unit-cell'] as const).map((cell) => [optimizer, cell] as const),
  );
  const random = createRandom(3);
  it.each(cases)(
    'gives the same to the bit when it dies twice and is resumed: %s, cell %s',
    async (optimizer, cell) => {
      const options = { optimizer, cell, fmax: 0.02 };
      const whole = await run(structures, optionsOf('whole', options));
      await run(structures, optionsOf('parts', options), { dieAfter: 7 + random.integer(10) });
      for (const dieAfter of [5 + random.integer(10), undefined]) {
        const from = await loadRelaxCheckpoint(checkpointOf('parts'), structures);
        expect(from).toBeDefined();
        const result = await run(structures, optionsOf('parts', options, from), { dieAfter });
        if (dieAfter === undefined) expect(result).toEqual(whole);
      }
      expect(await readFile(trajectoryOf('parts'), 'utf8')).toBe(await readFile(trajectoryOf('whole'), 'utf8'));
    },
  );

  it('gives the same to the bit when a model relaxes several at once and dies twice', async () => {
    await using model = createCalculator('lamm-s', { threads: 1 });
    const list = [1, 2, 3, 4, 5, 6].map((seed) => rattledCopper(1, { rattle: 0.05 * seed }));
    const options = { fmax: 0.02 };
    const batchOf = (name: string, from?: RelaxCheckpoint) => ({ ...optionsOf(name, options, from), batchAtoms: 8 });
    const whole = await run(list, batchOf('whole'), { calculator: model });
    for (const [index, structure] of list.entries()) {
      const alone = await relax(structure, model, options);
      const outcome = whole?.outcomes[index] as RelaxedState; // none fails
      expect(outcome.converged).toBe(true);
      expect(outcome.energy).toBeCloseTo(alone.energy, 4);
    }
    await run(list, batchOf('parts'), { calculator: model, dieAfter: 20 });
    for (const dieAfter of [20, undefined]) {
      const from = await loadRelaxCheckpoint(checkpointOf('parts'), list);
      expect(from?.underWay).toHaveLength(2);
      const result = await run(list, batchOf('parts', from), { calculator: model, dieAfter });
      if (dieAfter === undefined) expect(result).toEqual(whole);
    }
    expect(await readFile(trajectoryOf('parts'), 'utf8')).toBe(await readFile(trajectoryOf('whole'), 'utf8'));
  });

  it('goes on side by side when one of them cannot be relaxed', async () => {
    await using model = createCalculator('lamm-s', { threads: 1 });
    const [first, second] = structures;
    const strange = { ...first, numbers: first.numbers.map(() => 84) };
    const list = [first, strange, second];
    const result = await run(list, { ...optionsOf('a', { fmax: 0.05 }), batchAtoms: 100 }, { calculator: model });
    expect(result?.outcomes.map((outcome) => 'failure' in outcome)).toEqual([false, true, false]);
    expect(result?.outcomes[2]).toMatchObject({ converged: true });
  });

  it('saves and says so when it is stopped', async () => {
    let calls = 0;
    const options = optionsOf('stopped', { fmax: 0.02 });
    const result = await run(structures, { ...options, checkpointEvery: undefined, shouldStop: () => ++calls > 8 });
    expect(result?.interrupted).toBe(true);
    const from = await loadRelaxCheckpoint(checkpointOf('stopped'), structures);
    expect(await run(structures, { ...options, resumeFrom: from })).toEqual(
      await run(structures, optionsOf('whole', { fmax: 0.02 })),
    );
  });

  it('goes on after a structure that cannot be relaxed, but not when it is the only one', async () => {
    const [first] = structures;
    const strange = { ...first, numbers: first.numbers.map(() => 84) };
    const result = await run([first, strange, first], optionsOf('a', { fmax: 0.02 }));
    expect(result?.outcomes[1]).toMatchObject({
      failure: { code: 'unsupported-element', message: expect.stringContaining('Po') },
    });
    expect(result?.outcomes[2]).toEqual(result?.outcomes[0]);
    await expect(run([strange], optionsOf('a', {}))).rejects.toMatchObject({ code: 'unsupported-element' });
  });
});

describe('loadRelaxCheckpoint', () => {
  it('refuses what is damaged, and the checkpoint of other structures', async () => {
    await run(structures, optionsOf('a', { fmax: 0.001 }), { dieAfter: 12 });
    const text = await readFile(checkpointOf('a'), 'utf8');
    await expect(loadRelaxCheckpoint(checkpointOf('a'), structures.slice(1))).rejects.toThrow(/other structures/);
    for (const damaged of [
      '',
      '{}',
      text.slice(0, -20),
      text.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10)),
    ]) {
      await writeFile(checkpointOf('a'), damaged);
      await expect(loadRelaxCheckpoint(checkpointOf('a'), structures)).rejects.toMatchObject({ code: 'checkpoint' });
    }
    expect(await loadRelaxCheckpoint(checkpointOf('nothing'), structures)).toBeUndefined();
  });
});
