import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { lockFolder } from '../../src/journal/folder-lock.js';
import { useFolder } from '../helpers/folder.js';

const inFolder = useFolder('test');

it('makes a folder, and takes away what it made when nothing was written', async () => {
  const folder = inFolder('a/b/c');
  {
    await using lock = await lockFolder(folder, 'data.json');
    await lock.assertHeld();
    expect(await readdir(folder)).toEqual(['.data.json.lock']);
    await expect(lockFolder(folder, 'data.json')).rejects.toMatchObject({ code: 'locked' });
  }
  expect(await readdir(inFolder('.'))).toEqual([]);
});

it('leaves a folder that was there before, or holds something', async () => {
  await mkdir(inFolder('old'));
  {
    await using _old = await lockFolder(inFolder('old'), 'x');
    await using _new = await lockFolder(inFolder('a/b'), 'x');
    await writeFile(inFolder('a/kept'), '');
  }
  expect(await readdir(inFolder('.'))).toEqual(['a', 'old']);
  expect(existsSync(inFolder('a/b'))).toBe(false);
});

it('names a folder that cannot be made', async () => {
  await writeFile(inFolder('file'), '');
  await expect(lockFolder(inFolder('file'), 'x')).rejects.toThrow(/file: expected a folder, found a file/);
  await expect(lockFolder(inFolder('file/run'), 'x')).rejects.toThrow(/a part of the path is a file/);
});
