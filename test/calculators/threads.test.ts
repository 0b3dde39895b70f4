import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../calculators/calculator.js';
import { minDividedAtoms } from '../../calculators/sites/site-job.js';
import { createRandom, shuffle } from '../../src/random.js';
import { createStructure, type Pbc, type Structure } from '../../src/structure/structure.js';
import { repeatStructure } from '../../src/structure/supercell.js';
import { createTeam } from '../../src/threads/team.js';
import { runProcess } from '../helpers/cli.js';
import { largestDifference } from '../helpers/compare.js';

// Threads run the built program.
const built = new URL('../../dist/calculators/create-calculator.js', import.meta.url);

const options = {
  lj: { epsilon: 0.2, sigma: 2.3, cutoff: 4.5 },
  morse: { epsilon: 0.35, rho0: 4, r0: 2.6, onset: 3.5, cutoff: 4.5 },
  emt: {},
} as const;
type Name = keyof typeof options;
const names = ['lj', 'morse', 'emt'] as const;

async function create(name: Name, threads?: number): Promise<Calculator> {
  const { createCalculator }: typeof import('../../calculators/create-calculator.js') = await import(built.href);
  return createCalculator(name, { ...options[name], ...(threads !== undefined && { threads }) });
}

/** Copper, cubic cells in a row of `counts`, every atom up to 0.1 A from its site. */
function copper(counts: readonly [number, number, number], pbc: Pbc = [true, true, true]): Structure {
  const random = createRandom(7);
  const cell = createStructure({
    symbols: ['Cu', 'Au', 'Cu', 'Cu'],
    positions: [0, 0, 0, 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0],
    cell: [3.6, 0, 0, 0, 3.6, 0, 0, 0, 3.6],
  });
  const crystal = repeatStructure(cell, counts);
  return { ...crystal, pbc, positions: crystal.positions.map((value) => value + 0.2 * random.uniform() - 0.1) };
}

/** The same atoms in random order. */
function shuffled(structure: Structure): Structure {
  const order = shuffle(
    Int32Array.from(structure.numbers, (_, atom) => atom),
    createRandom(3),
  );
  return {
    ...structure,
    numbers: structure.numbers.map((_, atom) => structure.numbers[order[atom]]),
    positions: structure.positions.map((_, i) => structure.positions[3 * order[Math.floor(i / 3)] + (i % 3)]),
  };
}

const large = copper([13, 13, 13]);

describe.skipIf(!existsSync(built))('threads (skipped before the first build)', () => {
  it.each(names)('give the bits of one thread: %s', async (name) => {
    const random = createRandom(1);
    const moved = { ...large, positions: large.positions.map((value) => value + 0.02 * random.uniform()) };
    const far = { ...large, positions: large.positions.map((value) => value + 0.6 * random.uniform()) };
    const systems = [large, moved, far, copper([12, 12, 15], [true, false, true]), shuffled(large), large];
    await using one = await create(name, 1);
    await using two = await create(name, 2);
    await using five = await create(name, 5);
    for (const system of systems) {
      expect(system.numbers.length).toBeGreaterThan(minDividedAtoms);
      const expected = await one.calculate(system);
      expect(await two.calculate(system)).toEqual(expected);
      expect(await five.calculate(system)).toEqual(expected);
    }
  });

  it.each(names)(
    'give each copy of a cell what it has alone, where one thread and one block do it: %s',
    async (name) => {
      const cell = copper([5, 4, 4]);
      const counts = [3, 3, 3] as const;
      await using alone = await create(name, 1);
      await using threads = await create(name, 3);
      const part = await alone.calculate(cell);
      const whole = await threads.calculate(repeatStructure(cell, counts));
      const size = part.forces.length;
      expect(whole.forces.length / 3).toBeGreaterThan(minDividedAtoms);
      for (let copy = 0; copy < 27; copy++) {
        const forces = whole.forces.subarray(copy * size, (copy + 1) * size);
        expect(largestDifference(forces, part.forces)).toBeLessThan(1e-11);
      }
      expect(Math.abs(whole.energy / 27 / part.energy - 1)).toBeLessThan(1e-13);
      expect(largestDifference(whole.stress ?? [], part.stress ?? [1])).toBeLessThan(1e-12);
    },
  );

  it('hold small systems, large ones and other sizes apart', async () => {
    await using threads = await create('emt', 2);
    const small = copper([3, 3, 3]);
    for (const system of [small, large, small, copper([14, 13, 13]), large]) {
      await using fresh = await create('emt', 1);
      expect(await threads.calculate(system)).toEqual(await fresh.calculate(system));
    }
  });

  it.each([1, 3])('name the first two atoms in one place whoever finds them, and go on (%s threads)', async (count) => {
    const positions = large.positions.slice();
    for (const [atom, other] of [
      [5000, 4000],
      [8700, 8600],
    ]) {
      positions.set(positions.subarray(3 * other, 3 * other + 3), 3 * atom);
    }
    await using threads = await create('lj', count);
    const message = expect.stringContaining('atoms 4001 and 5001 are in the same place');
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(threads.calculate({ ...large, positions })).rejects.toMatchObject({ code: 'structure', message });
    }
    await using one = await create('lj', 1);
    expect(await threads.calculate(large)).toEqual(await one.calculate(large));
  });

  it('refuse positions that are no numbers, and go on', async () => {
    const positions = large.positions.slice();
    positions[3 * 7000] = Number.NaN;
    await using threads = await create('lj', 3);
    await using one = await create('lj', 1);
    for (let attempt = 0; attempt < 3; attempt++) {
      const message = expect.stringContaining('that of atom 7001 is not');
      await expect(threads.calculate({ ...large, positions })).rejects.toMatchObject({ code: 'non-finite', message });
      expect(await threads.calculate(large)).toEqual(await one.calculate(large));
    }
  });

  it('end when the calculator is disposed of, and with the program when it is not', async () => {
    const file = fileURLToPath(built);
    const script = (last: string) => `
      const { createCalculator } = await import(${JSON.stringify(file)});
      const calculator = createCalculator('lj', { cutoff: 2.5, threads: 3 });
      const numbers = new Uint8Array(9261).fill(18);
      const positions = Float64Array.from({ length: 3 * 9261 }, (_, i) => [i / 3 % 21, i / 63 % 21, i / 1323][i % 3] | 0);
      const cell = Float64Array.of(21, 0, 0, 0, 21, 0, 0, 0, 21);
      await calculator.calculate({ numbers, positions, cell, pbc: [true, true, true] });
      ${last}
    `;
    for (const last of ["console.log('done')", "await calculator[Symbol.asyncDispose](); console.log('done')"]) {
      const args = ['--input-type=module', '--eval', script(last)];
      expect(await runProcess(process.execPath, args)).toEqual({ exitCode: 0, stdout: 'done\n', stderr: '' });
    }
  });

  it('go on to the same bits when a simulation is resumed with another number of them', async () => {
    const { startMd, continueMd }: typeof import('../../md/run.js') = await import('../../md/run.js');
    const endOf = async (counts: readonly number[]) => {
      const settings = { steps: 6, timestepFs: 4, temperatureK: 900, ensemble: 'langevin' } as const;
      await using first = await create('lj', counts[0]);
      const run = await startMd(large, first, settings);
      for (const count of counts) {
        await using calculator = await create('lj', count);
        for await (const { step } of continueMd(run, calculator))
          if (step === 3 && counts.length > 1 && count === counts[0]) break;
      }
      return run.state;
    };
    const [whole, resumed] = [await endOf([1]), await endOf([3, 2])];
    expect(resumed.step).toBe(6);
    expect(resumed.positions).toEqual(whole.positions);
    expect(resumed.momenta).toEqual(whole.momenta);
  });

  it('are a whole number of at least 1', async () => {
    for (const threads of [0, -2, 1.5]) {
      await expect(create('emt', threads)).rejects.toMatchObject({ code: 'usage', details: { quantity: 'threads' } });
    }
  });
});

describe('a team whose threads cannot start', () => {
  it('says so instead of waiting for them', async () => {
    await using team = createTeam(3, new URL('./no-such-file.js', import.meta.url), {});
    const items: number[] = [];
    const untilRefused = async () => {
      for (;;) {
        team.run(0, 4, (_, item) => items.push(item));
        await setTimeout(5);
      }
    };
    await expect(untilRefused()).rejects.toMatchObject({ code: 'engine' });
    expect(items.slice(0, 4)).toEqual([0, 1, 2, 3]);
  });
});
