import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type JournalOptions, openJournal, readCheckpoint } from '../../src/journal/journal.js';
import type { StateKind } from '../../src/journal/state-file.js';
import { abandon } from '../helpers/abandoned.js';
import { useFolder } from '../helpers/folder.js';

interface Count {
  readonly step: number;
  readonly values: Float64Array;
}

const floats = z.custom<Float64Array>((value) => value instanceof Float64Array);
const kind: StateKind<Count> = {
  name: 'count',
  version: 1,
  title: 'a checkpoint of a count',
  schema: z.strictObject({ step: z.int(), values: floats }),
};
const sum: StateKind<number> = { name: 'sum', version: 1, title: 'the sum of a count', schema: z.number() };
const at = (step: number): Count => ({ step, values: Float64Array.of(step, -0) });

const inFolder = useFolder('test');
const checkpoint = () => inFolder('run.checkpoint');
const told: string[] = [];

function open(more: Partial<JournalOptions<'lines'>> = {}) {
  told.length = 0;
  return openJournal(kind, {
    checkpoint: checkpoint(),
    files: { lines: inFolder('run.txt') },
    checkpointEvery: 1,
    tell: (text) => told.push(text),
    ...more,
  });
}

/** Counts from `from` to `to`, a line each; the state is saved before the line of its step. */
async function count(from: number, to: number): Promise<void> {
  await using journal = await open();
  if (from === 0) await journal.begin(at(0));
  else expect((await journal.load())?.step).toBe(from);
  await journal.proceed();
  for (let step = from; step < to; step++) {
    await journal.save(at(step));
    await journal.append('lines', `${step}\n`);
  }
}

async function flipBit(path: string, place: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[place] ^= 4;
  await writeFile(path, bytes);
}

const lines = () => readFile(inFolder('run.txt'), 'utf8');

it('a run that is taken up cuts its files back to the checkpoint', async () => {
  await count(0, 5);
  await writeFile(inFolder('run.txt'), '0\n1\n2\n3\n4\nand what was lo');
  await count(4, 7);
  expect(await lines()).toBe('0\n1\n2\n3\n4\n5\n6\n');
});

it('the checkpoint before the last is used when the last is damaged, and told', async () => {
  await count(0, 5);
  const { length } = await readFile(checkpoint());
  await flipBit(checkpoint(), Math.floor(length / 2));
  await count(3, 7);
  expect(told).toEqual([
    expect.stringMatching(/run\.checkpoint: .*damaged.*; the checkpoint before it is whole, and is used/),
  ]);
  expect(await lines()).toBe('0\n1\n2\n3\n4\n5\n6\n');
});

it('a damaged checkpoint never takes the place of the whole one before it', async () => {
  await count(0, 5);
  await flipBit(checkpoint(), 100);
  {
    await using journal = await open();
    expect((await journal.load())?.step).toBe(3);
    await journal.proceed();
    await journal.save(at(3));
  }
  await flipBit(checkpoint(), 100);
  expect((await readCheckpoint(checkpoint(), kind))?.step).toBe(3);
});

it('the checkpoint before the last is used when the last is gone', async () => {
  await count(0, 5);
  await rm(checkpoint());
  await count(3, 4);
  expect(told).toEqual([expect.stringContaining('is not there')]);
});

it('two damaged checkpoints are an error, and nothing is changed', async () => {
  await count(0, 5);
  await flipBit(checkpoint(), 100);
  await flipBit(`${checkpoint()}.previous`, 100);
  const before = await lines();
  {
    await using journal = await open();
    await expect(journal.load()).rejects.toMatchObject({ code: 'checkpoint', details: { file: checkpoint() } });
  }
  expect(await lines()).toBe(before);
});

it('opening and loading change nothing', async () => {
  await count(0, 5);
  const before = await lines();
  {
    await using journal = await open();
    await journal.load();
    expect((await readdir(inFolder('.'))).filter((name) => name.endsWith('.lock'))).toHaveLength(2);
  }
  expect(await lines()).toBe(before);
  expect((await readdir(inFolder('.'))).sort()).toEqual(['run.checkpoint', 'run.checkpoint.previous', 'run.txt']);
});

it.each([false, true])('a beginning that is taken back leaves what was there (an older run: %s)', async (isOlder) => {
  if (isOlder) await count(0, 5);
  {
    await using journal = await open();
    await journal.begin(at(99));
    await journal.takeBack();
  }
  expect((await readCheckpoint(checkpoint(), kind))?.step).toBe(isOlder ? 4 : undefined);
  if (isOlder) expect(await lines()).toBe('0\n1\n2\n3\n4\n');
  else expect(await readdir(inFolder('.'))).toEqual([]);
});

it('a run that begins anew and dies at once goes on as the new one', async () => {
  await count(0, 5);
  {
    await using journal = await open();
    await journal.begin(at(0));
  }
  {
    await using journal = await open();
    expect(await journal.load()).toEqual(at(0));
    await journal.proceed();
  }
  expect(await lines()).toBe('');
});

it('a run remembers the outputs that were named for it, and those alone', async () => {
  const outputs = [inFolder('result.cif')];
  {
    await using journal = await open({ outputs });
    await journal.begin(at(0));
    expect(journal.owns(outputs[0])).toBe(false);
  }
  await using journal = await open();
  await journal.load();
  expect(journal.owns(inFolder('result.cif'))).toBe(true);
  expect(journal.owns(inFolder('other.cif'))).toBe(false);
  await journal.save(at(1));
  await journal.load();
  expect(journal.owns(inFolder('result.cif'))).toBe(true);
});

it('a file that somebody else has cut is noticed before the next checkpoint', async () => {
  await using journal = await open();
  await journal.begin(at(0));
  await journal.proceed();
  await journal.append('lines', 'one\ntwo\n');
  await truncate(inFolder('run.txt'), 4);
  await expect(journal.save(at(1))).rejects.toMatchObject({
    code: 'checkpoint',
    details: { file: inFolder('run.txt') },
  });
  expect((await readCheckpoint(checkpoint(), kind))?.step).toBe(0);
});

it('what killed writers left is removed', async () => {
  for (const name of ['run.checkpoint', 'result.cif']) abandon(inFolder(name));
  {
    await using journal = await open({ outputs: [inFolder('result.cif')] });
    await journal.begin(at(0));
    await journal.proceed();
    await journal.conclude(sum, 0); // nothing is kept of it, as result.cif was not written
  }
  expect((await readdir(inFolder('.'))).sort()).toEqual(['run.txt']);
});

it('a checkpoint that is a link keeps the one before it, and stays a link', async () => {
  await mkdir(inFolder('elsewhere'));
  await symlink(inFolder('elsewhere/real'), checkpoint());
  await count(0, 5);
  expect((await lstat(checkpoint())).isSymbolicLink()).toBe(true);
  expect((await readCheckpoint(checkpoint(), kind))?.step).toBe(4);
  await flipBit(inFolder('elsewhere/real'), 100);
  await count(3, 7);
  expect(await lines()).toBe('0\n1\n2\n3\n4\n5\n6\n');
});

it('one name for two files is refused, and so is a checkpoint that is no file', async () => {
  await expect(open({ outputs: [inFolder('run.txt')] })).rejects.toMatchObject({ code: 'usage' });
  await expect(open({ checkpoint: '/dev/null' })).rejects.toMatchObject({
    code: 'usage',
    details: { file: '/dev/null' },
  });
  await expect(open({ checkpoint: inFolder('.') })).rejects.toMatchObject({ code: 'usage' });
  expect(existsSync('/dev/null')).toBe(true);
});

it('a device among the files takes what comes', async () => {
  for (const from of [0, 2]) {
    await using journal = await open({ files: { lines: '/dev/null' } });
    if (from === 0) await journal.begin(at(0));
    else expect((await journal.load())?.step).toBe(1);
    await journal.proceed();
    await journal.append('lines', 'text');
    await journal.save(at(1));
  }
});

const conclusion = async () => {
  await using journal = await open();
  return journal.conclusion(sum);
};

it('a run that was concluded is known while its files are those that it left', async () => {
  await count(0, 5);
  expect(await conclusion()).toBeUndefined();
  {
    await using journal = await open();
    await journal.load();
    await journal.proceed();
    await journal.conclude(sum, 10);
  }
  expect(existsSync(checkpoint())).toBe(false);
  expect(await conclusion()).toBe(10);
  const whole = await lines();
  for (const other of ['', `${whole}5\n`, whole.replace('3', '4')]) {
    await writeFile(inFolder('run.txt'), other);
    expect(await conclusion()).toBeUndefined();
  }
  await rm(inFolder('run.txt'));
  expect(await conclusion()).toBeUndefined();
  await writeFile(inFolder('run.txt'), whole);
  expect(await conclusion()).toBe(10);
});

it('a conclusion is nothing where another run has begun since, or any bit of it is another', async () => {
  {
    await using journal = await open();
    await journal.begin(at(0));
    await journal.proceed();
    await journal.conclude(sum, 10);
  }
  const file = inFolder('.run.checkpoint.done');
  const whole = await readFile(file);
  for (let place = 0; place < whole.length; place += 7) {
    await flipBit(file, place);
    expect(await conclusion()).toBeUndefined();
    await writeFile(file, whole);
  }
  expect(await conclusion()).toBe(10);
  await using journal = await open();
  await journal.begin(at(0));
  expect(await journal.conclusion(sum)).toBeUndefined();
});
