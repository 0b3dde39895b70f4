import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lockFile, lockFiles } from '../../src/journal/run-lock.js';
import { thisProcess } from '../../src/process-identity.js';
import { until } from '../helpers/children.js';
import { useFolder, useProgram } from '../helpers/folder.js';

const inFolder = useFolder('test');
const lockOf = (name: string) => inFolder(`.${name}.lock`);

/** The lock of a process that has ended in this place. */
async function leaveLock(name: string, more: object = {}): Promise<void> {
  const ended = spawn(process.execPath, ['-e', '0']);
  await new Promise((resolve) => ended.once('close', resolve));
  const holder = { ...thisProcess(), id: 'left', pid: ended.pid, began: '1', since: '2026-01-01T00:00:00.000Z' };
  await writeFile(lockOf(name), JSON.stringify({ ...holder, ...more }));
}

describe('a lock', () => {
  it('is refused to a second owner until it is given back', async () => {
    const file = inFolder('run.checkpoint');
    {
      await using lock = await lockFile(file);
      await lock.assertHeld();
      await expect(lockFile(file)).rejects.toMatchObject({
        code: 'locked',
        message: expect.stringMatching(
          /run\.checkpoint: process \d+ has been writing it since 20\d\d-.*wait until it has ended/,
        ),
      });
    }
    expect(await readdir(inFolder('.'))).toEqual([]);
    await using again = await lockFile(file);
    await again.assertHeld();
  });

  it('holds under every name of the file', async () => {
    await writeFile(inFolder('real'), '');
    await symlink(inFolder('real'), inFolder('link'));
    await using _lock = await lockFile(inFolder('real'));
    await expect(lockFile(inFolder('link'))).rejects.toMatchObject({ code: 'locked' });
    await expect(lockFile(inFolder('./sub/../real'))).rejects.toMatchObject({ code: 'locked' });
  });

  it('is taken for several files or for none', async () => {
    await using _lock = await lockFile(inFolder('b'));
    await expect(lockFiles([inFolder('a'), inFolder('b')])).rejects.toMatchObject({ code: 'locked' });
    expect(await readdir(inFolder('.'))).toEqual(['.b.lock']);
    await using _both = await lockFiles([inFolder('a'), inFolder('a'), inFolder('./c')]);
    expect(await readdir(inFolder('.'))).toEqual(['.a.lock', '.b.lock', '.c.lock']);
  });

  it('is not made for devices', async () => {
    await using _lock = await lockFile('/dev/null');
    await using _other = await lockFile('/dev/null');
  });

  it('that a process left behind is taken over, with a word', async () => {
    await leaveLock('run');
    const told: string[] = [];
    await using lock = await lockFile(inFolder('run'), { tell: (text) => told.push(text) });
    await lock.assertHeld();
    expect(told).toEqual([expect.stringMatching(/run: taken over from process \d+, which has ended/)]);
    expect(await readdir(inFolder('.'))).toEqual(['.run.lock']);
  });

  it.each([
    ['whose number is used again by a process that began later', { pid: process.pid, began: '1' }],
    ['that is empty, because its process died as it made it', undefined],
  ])('%s is taken over', async (_, more) => {
    if (more === undefined) await writeFile(lockOf('run'), '');
    else await leaveLock('run', more);
    await using lock = await lockFile(inFolder('run'));
    await lock.assertHeld();
  });

  it('of another machine is taken over only without a sign of life', async () => {
    const options = { patienceMs: 300, tell: () => undefined };
    await leaveLock('run', { host: 'elsewhere' });
    const alive = setInterval(() => void utimes(lockOf('run'), new Date(), new Date()), 20);
    await expect(lockFile(inFolder('run'), options)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(/process \d+ on elsewhere/),
    });
    clearInterval(alive);
    const told: string[] = [];
    await using lock = await lockFile(inFolder('run'), { ...options, tell: (text) => told.push(text) });
    await lock.assertHeld();
    expect(told[0]).toMatch(/waiting 0.3 s for a sign of life of process \d+ on elsewhere/);
  });

  it.each<[what: string, make: (lock: string) => Promise<unknown>]>([
    ['a folder', (lock) => mkdir(lock)],
    ['a link that leads nowhere', (lock) => symlink('nowhere', lock)],
    ['a file without end', (lock) => symlink('/dev/zero', lock)],
    ['a large file', async (lock) => writeFile(lock, Buffer.alloc(200_000))],
  ])('is not waited for where %s lies in its place', async (_, make) => {
    await make(lockOf('run.checkpoint'));
    await expect(lockFile(inFolder('run.checkpoint'))).rejects.toThrow(
      /run.checkpoint.lock: expected the lock of a run/,
    );
  });

  it('gives signs of life', async () => {
    await using _lock = await lockFile(inFolder('run'), { beatMs: 20 });
    await utimes(lockOf('run'), new Date(0), new Date(0));
    await until(async () => (await stat(lockOf('run'))).mtimeMs > 0);
  });

  it('that another process has taken over meanwhile is no longer held, and stays as it is', async () => {
    {
      await using lock = await lockFile(inFolder('run'));
      await leaveLock('run');
      await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'locked' });
    }
    expect(JSON.parse(await readFile(lockOf('run'), 'utf8')).id).toBe('left');
  });
});

describe('processes that all want one file whose owner was killed', () => {
  const program = useProgram('helpers/lock-process.ts');
  const lineOf = (child: ChildProcess) =>
    new Promise<string>((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));

  it('get it one at a time', async () => {
    const file = inFolder('counter');
    await writeFile(file, '0');
    await leaveLock('counter');
    const children = Array.from({ length: 6 }, () => spawn(process.execPath, [program(), file, '10']));
    const lines = await Promise.all(children.map(lineOf));
    expect(lines).toEqual(Array(6).fill('done'));
    expect(await readFile(file, 'utf8')).toBe('60'); // each has counted ten times, none over another
  });

  it('go on after one of them is killed with the file in its hands', async () => {
    const file = inFolder('counter');
    await writeFile(file, '0');
    const holder = spawn(process.execPath, [program(), file, 'hold']);
    expect(await lineOf(holder)).toBe('holding');
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    const child = spawn(process.execPath, [program(), file, '1']);
    expect(await lineOf(child)).toBe('done');
    expect(await readdir(inFolder('.'))).toEqual(['counter']);
  });
});
