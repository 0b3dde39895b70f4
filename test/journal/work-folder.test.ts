import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { countWork, joinWork } from '../../src/journal/work-folder.js';
import { thisProcess } from '../../src/process-identity.js';
import { abandon } from '../helpers/abandoned.js';
import { useFolder } from '../helpers/folder.js';

const inFolder = useFolder('test');

async function* plan() {
  yield { from: 0 };
  yield { from: 10 };
}

const join = () => joinWork<{ from: number }>(inFolder('work'), { what: 'sum', options: { seed: 1 }, plan });

async function finishAll() {
  const work = await join();
  for (let taken = await work.take(); taken !== undefined; taken = await work.take())
    await taken.finish(`${taken.piece.from}\n`, { extxyz: `frames ${taken.number}\n` });
  return work;
}

it('gives back what was kept, of every piece', async () => {
  const work = await finishAll();
  expect(await work.done()).toEqual(new Set([0, 1]));
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

it('names the file that is to be removed when a result is damaged or missing, and calculates that piece again', async () => {
  const work = await finishAll();
  await rm(inFolder('work/pieces/0000001.extxyz'));
  await expect(work.read(1, 'extxyz')).rejects.toThrow(
    /0000001\.extxyz: .* remove .*0000001\.jsonl, and the same command calculates the piece again/,
  );
  await rm(inFolder('work/pieces/0000001.jsonl'));
  expect(await (await finishAll()).read(1, 'extxyz')).toBe('frames 1\n');
});

it('leaves nothing behind of workers that were killed', async () => {
  const work = await finishAll();
  const dead = JSON.stringify({ ...thisProcess(), id: 'left', began: '1', since: '2026-01-01T00:00:00.000Z' });
  const strays = ['pieces/.0000000.jsonl.lock', '.run.json.lock'];
  const halves = ['pieces/0000000.extxyz', 'plan.jsonl', 'results.csv'];
  for (const name of strays) await writeFile(inFolder(`work/${name}`), dead);
  for (const name of halves) abandon(inFolder(`work/${name}`));
  {
    await using _turn = await work.takeTurn();
  }
  const left = await readdir(inFolder('work'), { recursive: true });
  expect(left.sort()).toEqual([
    'pieces',
    ...[0, 1].flatMap((number) => ['extxyz', 'jsonl'].map((ending) => `pieces/000000${number}.${ending}`)),
    'plan.jsonl',
    'run.json',
  ]);
});
