import { readdir, utimes, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';
import { removeAbandoned, temporaryName } from '../../../src/io/bytes/temporary-file.js';
import { abandon } from '../../helpers/abandoned.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');

it('what killed writers left is removed, and nothing else', async () => {
  const own = temporaryName(inFolder('a'));
  const elsewhere = temporaryName(inFolder('a')).replace(/[0-9a-f]{8}-\d+/, '01234567-1');
  const kept = [own, elsewhere, ...['.a.txt', 'a.0123abcd-1.0123abcd.tmp', '.a.notes.tmp'].map(inFolder)];
  for (const path of kept) await writeFile(path, '');
  abandon(inFolder('a'));
  abandon(inFolder('b'));
  await removeAbandoned(inFolder('.'));
  expect((await readdir(inFolder('.'))).sort()).toEqual(kept.map((path) => basename(path)).sort());
  await removeAbandoned(inFolder('nowhere'));
});

it('of a writer on another machine it is removed when it has been silent for a day', async () => {
  const elsewhere = temporaryName(inFolder('a')).replace(/[0-9a-f]{8}-\d+/, '01234567-1');
  await writeFile(elsewhere, 'half');
  await utimes(elsewhere, new Date(), new Date(Date.now() - 25 * 3600_000));
  await removeAbandoned(inFolder('.'));
  expect(await readdir(inFolder('.'))).toEqual([]);
});

it('the first file that is written to a folder clears it', async () => {
  abandon(inFolder('a'));
  await writeFileAtomic(inFolder('b'), 'x');
  expect(await readdir(inFolder('.'))).toEqual(['b']);
});

it('a file with the longest name that there can be is written', async () => {
  const name = `${'晶'.repeat(84)}.a`;
  await writeFileAtomic(inFolder(name), 'x');
  expect(await readdir(inFolder('.'))).toEqual([name]);
});
