import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createSerialBatches } from '../../../pretrain/batch/batch-source.js';
import { createExampleReader } from '../../../pretrain/dataset/graphs.js';
import { packSamples } from '../../../pretrain/dataset/prepared/stored-samples.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { LammError } from '../../../src/errors.js';
import { createRandom } from '../../../src/random.js';
import { packError, unpackError } from '../../../src/threads/packed-error.js';
import { runProcess } from '../../helpers/cli.js';
import { rattledCells } from '../../helpers/spring-project.js';

const built = new URL('../../../dist/pretrain/batch/batch-pool.js', import.meta.url);
const noise = { name: 'noise', head: 1, noise: { sigma: 0.1, labels: 'centred' } } as const;
const plain = { name: 'plain', head: 0 };

const samples = rattledCells(12, 1).map((structure, index): Sample => {
  const origin = { path: 'a.xyz', file: 'a.xyz', frame: index + 1 };
  const { energy, forces } = structure.labels;
  return index % 3 === 0 ? { structure, origin, subset: noise } : { structure, energy, forces, origin, subset: plain };
});
const references = new Map([
  [28, -3],
  [29, -4],
]);
const normalizers = [
  { references, energyScale: 2, forceScale: 0.7, stressScale: 1 },
  { references, energyScale: 1, forceScale: 0.1, stressScale: 1 },
];
const recipe = { model: { cutoff: 3 }, seed: 5, normalizers };

function openPool(threads: number, list: readonly Sample[] = samples) {
  const open: Promise<typeof import('../../../pretrain/batch/batch-pool.js')> = import(built.href);
  return open.then(({ createBatchPool }) => createBatchPool({ ...recipe, location: packSamples(list) }, threads));
}

/** Batches of a few epochs, of one to five samples each. */
function requests() {
  const random = createRandom(3);
  return Array.from({ length: 40 }, (_, step) => ({
    epoch: Math.floor(step / 8),
    indices: Uint32Array.from({ length: 1 + random.integer(5) }, () => random.integer(samples.length)),
  }));
}

describe.skipIf(!existsSync(built))('batches of threads (skipped before the first build)', () => {
  it.each([1, 3])('have the bits of those that this thread makes, noise included (%s threads)', async (threads) => {
    await using pool = await openPool(threads);
    await using serial = createSerialBatches(createExampleReader(samples, recipe), normalizers);
    const list = requests();
    let announced = 0;
    for (const [step, request] of list.entries()) {
      while (announced <= Math.min(list.length - 1, step + pool.lookahead)) pool.announce(list[announced++]);
      expect(await pool.next(request)).toEqual(await serial.next(request));
    }
  });

  it('come unannounced and in any order, too', async () => {
    await using pool = await openPool(2);
    await using serial = createSerialBatches(createExampleReader(samples, recipe), normalizers);
    const [first, second] = requests();
    pool.announce(first);
    expect(await pool.next(second)).toEqual(await serial.next(second));
    expect(await pool.next(first)).toEqual(await serial.next(first));
    expect(await pool.next(first)).toEqual(await serial.next(first));
  });

  it('are taken although the event loop stood still since they were announced', async () => {
    await using pool = await openPool(1);
    const list = requests().slice(0, 3);
    await pool.next(list[0]);
    for (const request of list.slice(1)) pool.announce(request);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); // as an engine would block it
    const before = pool.waited;
    let turns = 0;
    const count = setImmediate(() => turns++);
    for (const request of list.slice(1)) await pool.next(request);
    clearImmediate(count);
    expect(turns).toBe(0);
    expect(pool.waited - before).toBeLessThan(0.1);
  });

  it('fail with the error that this thread would have thrown', async () => {
    const [{ structure, origin }] = samples;
    const bad = { ...structure, positions: structure.positions.with(4, Number.NaN) };
    const list: Sample[] = [...samples, { structure: bad, energy: 0, origin }];
    await using serial = createSerialBatches(createExampleReader(list, recipe), normalizers);
    await using pool = await openPool(1, list);
    const request = { indices: Uint32Array.of(1, 12), epoch: 0 };
    const error: unknown = await serial.next(request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LammError);
    const { message, code } = error as LammError; // checked just above
    await expect(pool.next(request)).rejects.toMatchObject({ name: 'LammError', message, code });
    const good = { indices: Uint32Array.of(1), epoch: 0 };
    expect(await pool.next(good)).toEqual(await serial.next(good));
  });

  it('do not keep a process alive, disposed or not', async () => {
    const script = join(fileURLToPath(new URL('.', built)), `pool-end-${process.pid}.mjs`);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(
      script,
      `import { createBatchPool } from './batch-pool.js';
import { packSamples } from '../dataset/prepared/stored-samples.js';
import { createStructure } from '../../src/structure/structure.js';
const structure = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2, 0, 0] });
const location = packSamples([{ structure, energy: 1, origin: { path: '', file: '', frame: 1 } }]);
const normalizer = { references: new Map([[29, 0]]), energyScale: 1, forceScale: 1, stressScale: 1 };
const pool = createBatchPool({ location, model: { cutoff: 3 }, seed: 1, normalizers: [normalizer] }, 2);
for (let epoch = 0; epoch < 9; epoch++) pool.announce({ indices: Uint32Array.of(0), epoch });
console.log((await pool.next({ indices: Uint32Array.of(0), epoch: 3 })).graph.edgeCount);
if (process.argv[2] === 'dispose') await pool[Symbol.asyncDispose]();
`,
    );
    try {
      for (const end of ['dispose', 'leave']) {
        const { exitCode, stdout, stderr } = await runProcess(process.execPath, [script, end]);
        expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '2\n', stderr: '' });
      }
    } finally {
      rmSync(script);
    }
  });
});

describe('an error on its way to another thread', () => {
  it.each([
    new LammError('format', 'expected this, found that', { file: 'a.xyz', line: 3, quantity: 'energy' }),
    new LammError('structure', 'flat cell', { file: 'a.xyz', cause: new Error('inner') }),
    new LammError('usage', 'no place'),
  ])('stays what it is: %s', (error) => {
    const arrived = unpackError(structuredClone(packError(error)));
    const { cause: _, ...details } = error.details;
    expect(arrived).toMatchObject({ name: 'LammError', message: error.message, code: error.code, details });
    expect(arrived).toBeInstanceOf(LammError);
  });

  it('says where our own mistakes were made', () => {
    const error = new TypeError('x is not a function');
    const arrived = unpackError(structuredClone(packError(error)));
    expect(arrived).not.toBeInstanceOf(LammError);
    expect([arrived.message, arrived.stack]).toEqual([error.message, error.stack]);
  });
});
