import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sealText, unsealText } from '../../src/journal/sealed-text.js';
import { countWork, joinWork, type WorkFolder } from '../../src/journal/work-folder.js';
import { thisProcess } from '../../src/process-identity.js';
import { abandon } from '../helpers/abandoned.js';
import { useFolder } from '../helpers/folder.js';

const inFolder = useFolder('test');

async function* plan() {
  yield { from: 0 };
  yield { from: 10 };
}

const pieceSchema = z.strictObject({ from: z.int() });
const join = () => joinWork(inFolder('work'), { what: 'sum', options: { seed: 1 }, plan, pieceSchema });

async function finishAll() {
  const work = await join();
  for (let taken = await work.take(); taken !== undefined; taken = await work.take())
    await taken.finish(`${taken.piece.from}\n`, { extxyz: `frames ${taken.number}\n` });
  return work;
}

it('gives back what was kept, of every piece', async () => {
  const work = await finishAll();
  expect(await work.done()).toBe(2);
  expect(await Promise.all([0, 1].map((number) => work.read(number)))).toEqual(['0\n', '10\n']);
  expect(await work.read(1, 'extxyz')).toBe('frames 1\n');
  expect(await countWork(inFolder('work'))).toMatchObject({ done: 2, all: 2 });
});

it('knows when any byte of what it kept is another', async () => {
  const work = await finishAll();
  const uses: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['run.json', join],
    ['run.json', () => countWork(inFolder('work'))],
    ['plan.jsonl', join],
    ['pieces/0000001.jsonl', () => work.read(1)],
    ['pieces/0000001.extxyz', () => work.read(1, 'extxyz')],
  ];
  for (const [name, use] of uses) {
    const path = inFolder(`work/${name}`);
    const sound = await readFile(path);
    for (let place = 0; place < sound.length; place++) {
      const damaged = Buffer.from(sound);
      damaged[place] ^= 1 << (place % 8);
      await writeFile(path, damaged);
      await expect(use(), `${name}, byte ${place}`).rejects.toThrow(/the file is damaged, or of an earlier version; /);
    }
    await writeFile(path, sound.subarray(0, -20));
    await expect(use()).rejects.toThrow(/: the file is damaged/);
    await writeFile(path, sound);
    await use();
  }
});

it('takes nothing from a file that is sealed but says something else', async () => {
  const work = await finishAll();
  const rows = () => work.readRows(1, z.int());
  expect(await rows()).toEqual([10]);
  const run = (more: object) => JSON.stringify({ what: 'sum', options: { seed: 1 }, pieceCount: 2, ...more });
  const uses: readonly (readonly [string, () => Promise<unknown>, readonly string[]])[] = [
    [
      'run.json',
      join,
      ['{', 'null', '[]', '{}', ...[-1, 1, 3, 1e9, 1e300, 'x'].map((pieceCount) => run({ pieceCount }))],
    ],
    ['run.json', join, [run({ options: null }), run({ what: 1 }), run({ more: 1 })]],
    ['plan.jsonl', join, ['', '{"from":0}', '{"from":0}\n{"from":10}\n{"from":20}']],
    ['plan.jsonl', async () => (await join()).piece(1), ['{"from":0}\n', '{"from":0}\nnull', '1\n{"from":1.5}']],
    ['pieces/0000001.jsonl', rows, ['{', 'null', '"10"', '10\n1.5', '1e999']],
  ];
  for (const [name, use, texts] of uses) {
    const path = inFolder(`work/${name}`);
    const sound = await readFile(path, 'utf8');
    for (const text of texts) {
      await writeFile(path, sealText(`${text}\n`));
      await expect(use(), `${name}: ${text}`).rejects.toThrow(/: the file is damaged, or of an earlier version; /);
    }
    await writeFile(path, sealText(unsealText(sound, { file: path, remedy: '' })));
    await use();
  }
});

it.each(['2', '99999999999999999999', '1', '00000001'])(
  'looks past a piece of a number that there is not: %s',
  async (name) => {
    const work = await finishAll();
    await rm(inFolder('work/pieces/0000001.jsonl'));
    await writeFile(inFolder(`work/pieces/${name}.jsonl`), '');
    await writeFile(inFolder(`work/pieces/.${name}.jsonl.lock`), '{}');
    expect(await work.done()).toBe(1);
    expect(await countWork(inFolder('work'))).toMatchObject({ done: 1, all: 2 });
    expect(await (await finishAll()).done()).toBe(2);
    await using turn = await (await join()).takeTurn();
    expect(turn).toBeDefined();
  },
);

it('names the file that is to be removed when a result is damaged or missing, and calculates that piece again', async () => {
  const work = await finishAll();
  await rm(inFolder('work/pieces/0000001.extxyz'));
  await expect(work.read(1, 'extxyz')).rejects.toThrow(
    /0000001\.extxyz: .* remove .*0000001\.jsonl, and the same command calculates the piece again/,
  );
  await rm(inFolder('work/pieces/0000001.jsonl'));
  expect(await (await finishAll()).read(1, 'extxyz')).toBe('frames 1\n');
});

it.each([true, false])(
  'leaves nothing behind of workers that were killed, with a turn that is needed: %s',
  async (isNeeded) => {
    const work = await finishAll();
    const dead = JSON.stringify({ ...thisProcess(), id: 'left', began: '1', since: '2026-01-01T00:00:00.000Z' });
    const strays = ['pieces/.0000000.jsonl.lock', '.run.json.lock'];
    const halves = ['pieces/0000000.extxyz', 'plan.jsonl', 'results.csv'];
    for (const name of strays) await writeFile(inFolder(`work/${name}`), dead);
    for (const name of halves) abandon(inFolder(`work/${name}`));
    {
      await using turn = await work.takeTurn(async () => isNeeded);
      expect(turn !== undefined).toBe(isNeeded);
    }
    const left = await readdir(inFolder('work'), { recursive: true });
    expect(left.sort()).toEqual([
      'pieces',
      ...[0, 1].flatMap((number) => ['extxyz', 'jsonl'].map((ending) => `pieces/000000${number}.${ending}`)),
      'plan.jsonl',
      'run.json',
    ]);
  },
);

const lockOf = (number: number) => inFolder(`work/pieces/.000000${number}.jsonl.lock`);

async function* pieces(count: number) {
  for (let number = 0; number < count; number++) yield { number, text: `\u00e5 ${'x'.repeat(number)}` };
}

type Piece = { readonly number: number; readonly text: string };

const joinMany = (count: number, more: { patienceMs?: number } = {}): Promise<WorkFolder<Piece>> =>
  joinWork(inFolder('work'), {
    what: 'test',
    options: { count },
    plan: () => pieces(count),
    pieceSchema: z.strictObject({ number: z.int(), text: z.string() }),
    ...more,
  });

/** Takes pieces until there are none; their numbers. */
async function workOn(work: WorkFolder<Piece>): Promise<number[]> {
  const done: number[] = [];
  for (let taken = await work.take(); taken !== undefined; taken = await work.take()) {
    expect(taken.piece).toEqual({ number: taken.number, text: `\u00e5 ${'x'.repeat(taken.number)}` });
    await sleep(1);
    await taken.finish(`${taken.number}\n`);
    done.push(taken.number);
  }
  return done;
}

describe('a folder of work for many', () => {
  it('gives each piece to one of many workers', async () => {
    const workers = await Promise.all(Array.from({ length: 20 }, () => joinMany(300)));
    const done = await Promise.all(workers.map(workOn));
    expect(done.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, number) => number));
    expect(done.filter((own) => own.length > 0).length).toBeGreaterThan(1);
    expect(await countWork(inFolder('work'))).toMatchObject({ done: 300, all: 300 });
    expect(await workers[0].read(7)).toBe('7\n');
    expect((await readdir(inFolder('work/pieces'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('gives a piece back that was released, and keeps further results of a piece', async () => {
    const work = await joinMany(1);
    const taken = await work.take();
    expect(await work.take()).toBeUndefined();
    await taken?.release();
    const again = await work.take();
    await again?.finish('rows', { extra: 'more' });
    expect([await work.read(0), await work.read(0, 'extra'), await work.done()]).toEqual(['rows', 'more', 1]);
  });

  it('takes over from a worker on another machine that gives no sign of life, and leaves those alone that do', async () => {
    const work = await joinMany(2, { patienceMs: 300 });
    const holder = { id: 'other', pid: 1, host: 'another machine', place: 'x', since: '2026-01-01T00:00:00Z' };
    for (const number of [0, 1]) await writeFile(lockOf(number), JSON.stringify(holder));
    let isBeating = true;
    const heart = (async () => {
      for (; isBeating; await sleep(20)) await utimes(lockOf(1), new Date(), new Date());
    })();
    let taken = await work.take();
    for (let look = 0; taken === undefined && look < 1000; look++, await sleep(20)) taken = await work.take();
    expect(taken?.number).toBe(0);
    await taken?.finish('0');
    expect(await work.take()).toBeUndefined();
    isBeating = false;
    await heart;
  });
});
