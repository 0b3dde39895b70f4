import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { relax } from '../../../md/relax/relax.js';
import { type RelaxAllOptions, type RelaxAllResult, relaxAll } from '../../../md/relax/relax-all.js';
import {
  loadRelaxCheckpoint,
  openRelaxJournal,
  type RelaxedState,
  readRelaxCheckpoint,
} from '../../../md/relax/relax-checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import { optimizerNames } from '../../../md/relax/relax-settings.js';
import { createRandom } from '../../../src/random.js';
import type { Structure } from '../../../src/structure/structure.js';
import { until } from '../../helpers/children.js';
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

interface Request extends Omit<RelaxAllOptions, 'journal' | 'resumeFrom'> {
  readonly name: string;
  readonly checkpointEvery?: number;
}

function optionsOf(name: string, options: RelaxOptions): Request {
  return {
    name,
    relax: options,
    origin: { calculator: 'emt' },
    checkpointEvery: 5,
    formatStep: (index, { step, energy }) => `${index} ${step} ${energy}\n`,
  };
}

interface RunOptions {
  /** Steps in all after which it leaves like a killed process. */
  readonly dieAfter?: number;
  readonly resume?: boolean;
  readonly calculator?: Calculator;
}

async function run(
  list: readonly Structure[],
  { name, checkpointEvery, ...options }: Request,
  { dieAfter = Infinity, resume = false, calculator = emt }: RunOptions = {},
): Promise<RelaxAllResult | undefined> {
  const files = { trajectory: trajectoryOf(name) };
  await using journal = await openRelaxJournal({ checkpoint: checkpointOf(name), files, checkpointEvery });
  const resumeFrom = resume ? await loadRelaxCheckpoint(journal, { structures: list }) : undefined;
  const steps = relaxAll(list, calculator, { ...options, journal, resumeFrom });
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
    expect((await readRelaxCheckpoint(checkpointOf('a')))?.finished).toHaveLength(structures.length);
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
        expect(await readRelaxCheckpoint(checkpointOf('parts'))).toBeDefined();
        const result = await run(structures, optionsOf('parts', options), { dieAfter, resume: true });
        if (dieAfter === undefined) expect(result).toEqual(whole);
      }
      expect(await readFile(trajectoryOf('parts'), 'utf8')).toBe(await readFile(trajectoryOf('whole'), 'utf8'));
    },
  );

  it('gives the same to the bit when a model relaxes several at once and dies twice', async () => {
    await using model = createCalculator('lamm-s', { threads: 1 });
    const list = [1, 2, 3, 4, 5, 6].map((seed) => rattledCopper(1, { rattle: 0.05 * seed }));
    const options = { optimizer: 'lbfgs', fmax: 0.02 } as const;
    const batchOf = (name: string) => ({ ...optionsOf(name, options), batchAtoms: 8 });
    const whole = await run(list, batchOf('whole'), { calculator: model });
    for (const [index, structure] of list.entries()) {
      const alone = await relax(structure, model, options);
      const outcome = whole?.outcomes[index] as RelaxedState; // none fails
      expect(outcome.converged).toBe(true);
      expect(outcome.energy).toBeCloseTo(alone.energy, 4);
    }
    await run(list, batchOf('parts'), { calculator: model, dieAfter: 20 });
    for (const dieAfter of [20, undefined]) {
      expect((await readRelaxCheckpoint(checkpointOf('parts')))?.underWay).toHaveLength(2);
      const result = await run(list, batchOf('parts'), { calculator: model, dieAfter, resume: true });
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
    expect(await run(structures, options, { resume: true })).toEqual(
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

describe('the checkpoint of relaxations', () => {
  it('holds the options before anything is calculated, and goes on from there', async () => {
    const whole = await run(structures, optionsOf('whole', { fmax: 0.02 }));
    {
      await using journal = await openRelaxJournal({ checkpoint: checkpointOf('early'), files: {} });
      const { relax, origin } = optionsOf('early', { fmax: 0.02 });
      const dead: Calculator = { ...emt, calculate: () => new Promise(() => undefined) };
      void relaxAll(structures, dead, { relax, origin, journal }).next(); // and never comes further
      await until(() => existsSync(checkpointOf('early')));
    }
    const checkpoint = await readRelaxCheckpoint(checkpointOf('early'));
    expect(checkpoint).toMatchObject({ options: { fmax: 0.02 }, finished: [], underWay: [] });
    expect(await run(structures, optionsOf('early', { fmax: 0.02 }), { resume: true })).toEqual(whole);
  });

  it('keeps failures and stress', async () => {
    const strange = { ...structures[0], numbers: structures[0].numbers.map(() => 92) };
    const molecule = { ...structures[0], pbc: [false, false, false] as const };
    const list = [structures[0], strange, molecule];
    const whole = await run(list, optionsOf('a', { fmax: 0.05 }));
    expect(await run(list, optionsOf('a', { fmax: 0.05 }), { resume: true })).toEqual(whole);
  });

  it('is refused for other structures', async () => {
    await run(structures, optionsOf('a', { fmax: 0.001 }), { dieAfter: 12 });
    const others = run(structures.slice(1), optionsOf('a', { fmax: 0.001 }), { resume: true });
    await expect(others).rejects.toThrow(/other structures/);
  });

  it('is never used when a bit of it is flipped', async () => {
    const options = optionsOf('a', { fmax: 0.001 });
    await run(structures, options, { dieAfter: 12 });
    const whole = await readFile(checkpointOf('a'));
    await rm(`${checkpointOf('a')}.previous`);
    const random = createRandom(2);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(whole);
      bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
      await writeFile(checkpointOf('a'), bytes);
      await expect(readRelaxCheckpoint(checkpointOf('a'))).rejects.toMatchObject({ code: 'checkpoint' });
    }
    await writeFile(checkpointOf('a'), '{"format":"lamm-relax-checkpoint","version":2}');
    await expect(readRelaxCheckpoint(checkpointOf('a'))).rejects.toThrow(/an earlier version/);
    expect(await readRelaxCheckpoint(checkpointOf('nothing'))).toBeUndefined();
  });

  it('leaves what was there when a single structure cannot be relaxed', async () => {
    const strange = { ...structures[0], numbers: structures[0].numbers.map(() => 92) };
    await expect(run([strange], optionsOf('a', {}))).rejects.toMatchObject({ code: 'unsupported-element' });
    expect(await readdir(folder)).toEqual([]);
  });
});
