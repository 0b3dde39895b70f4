import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { removeTemporaries, writeError, writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';

const folder = () => mkdtempSync(join(tmpdir(), 'lamm-atomic-'));

it('writes text, bytes and pieces, and leaves nothing else behind', async () => {
  const at = folder();
  await writeFileAtomic(join(at, 'text'), 'a\n');
  await writeFileAtomic(join(at, 'bytes'), Uint8Array.of(1, 2));
  await writeFileAtomic(join(at, 'pieces'), ['x', 'y', 'z']);
  expect(readdirSync(at).sort()).toEqual(['bytes', 'pieces', 'text']);
  expect(readFileSync(join(at, 'pieces'), 'utf8')).toBe('xyz');
  expect([...readFileSync(join(at, 'bytes'))]).toEqual([1, 2]);
});

it('keeps the old file whole when the new data fail half-way', async () => {
  const path = join(folder(), 'kept');
  writeFileSync(path, 'old');
  const failing = (function* () {
    yield 'new';
    throw new Error('broken source');
  })();
  await expect(writeFileAtomic(path, failing)).rejects.toThrow('broken source');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(join(path, '..'))).toEqual(['kept']);
});

it('removes what killed writers of one file left, and nothing else', async () => {
  const at = folder();
  const others = ['.b.0123abcd.tmp', '.a.txt', 'a.0123abcd.tmp', '.a.notes.tmp'];
  for (const name of ['.a.0123abcd.tmp', '.a.ffffffff.tmp', ...others]) writeFileSync(join(at, name), '');
  await removeTemporaries(join(at, 'a'));
  expect(readdirSync(at).sort()).toEqual(others.sort());
  await removeTemporaries(join(at, 'nowhere', 'a'));
});

it('names a missing folder and what to do', async () => {
  const path = join(folder(), 'missing', 'file');
  const written = writeFileAtomic(path, 'x');
  await expect(written).rejects.toMatchObject({ code: 'file-write', details: { file: path } });
  await expect(written).rejects.toThrow(/folder does not exist.*--out/);
});

it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
  await expect(writeFileAtomic('/dev/full', 'x')).rejects.toThrow('/dev/full: the disk is full');
});

it('passes errors through that are not about files', () => {
  const bug = new TypeError('bug');
  expect(writeError('path', bug)).toBe(bug);
  const known = new LammError('format', 'x');
  expect(writeError('path', known)).toBe(known);
});
