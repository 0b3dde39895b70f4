import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { createAtomicFile, identityOf, writeError, writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';

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

it('names a missing folder and what to do', async () => {
  const path = join(folder(), 'missing', 'file');
  const written = writeFileAtomic(path, 'x');
  await expect(written).rejects.toMatchObject({ code: 'file-write', details: { file: path } });
  await expect(written).rejects.toThrow(/folder does not exist; create it or choose another path/);
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

it('writes through a link what the link names, which may not exist yet', async () => {
  const at = folder();
  mkdirSync(join(at, 'inner'));
  writeFileSync(join(at, 'inner', 'old'), 'old');
  symlinkSync(join('inner', 'old'), join(at, 'link'));
  symlinkSync('link', join(at, 'second'));
  symlinkSync(join('inner', 'new'), join(at, 'dangling'));
  await writeFileAtomic(join(at, 'second'), 'written');
  await writeFileAtomic(join(at, 'dangling'), 'made');
  expect(readFileSync(join(at, 'inner', 'old'), 'utf8')).toBe('written');
  expect(readFileSync(join(at, 'inner', 'new'), 'utf8')).toBe('made');
  for (const name of ['link', 'second', 'dangling']) expect(lstatSync(join(at, name)).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(at, 'inner')).sort()).toEqual(['new', 'old']);
  symlinkSync('round', join(at, 'round'));
  await expect(writeFileAtomic(join(at, 'round'), 'x')).rejects.toThrow(/circle/);
});

it('knows paths that lead to one file, and that a device is none', async () => {
  const at = folder();
  writeFileSync(join(at, 'file'), '');
  linkSync(join(at, 'file'), join(at, 'hard'));
  symlinkSync('file', join(at, 'link'));
  symlinkSync('later', join(at, 'before'));
  const same = await Promise.all(
    ['file', 'hard', 'link', join('..', basename(at), 'file')].map((name) => identityOf(join(at, name))),
  );
  expect(new Set(same).size).toBe(1);
  expect(await identityOf(join(at, 'before'))).toBe(await identityOf(join(at, 'later')));
  expect(await identityOf('/dev/null')).toBeUndefined();
});

it('holds back what is written piece by piece until it is kept, and drops it when it is not', async () => {
  const path = join(folder(), 'kept');
  writeFileSync(path, 'old');
  {
    await using file = await createAtomicFile(path);
    await file.write('dropped');
  }
  expect([readFileSync(path, 'utf8'), readdirSync(join(path, '..'))]).toEqual(['old', ['kept']]);
  {
    await using file = await createAtomicFile(path);
    await file.write('new');
    await file.write(Uint8Array.of(33));
    expect(readFileSync(path, 'utf8')).toBe('old');
    await file.keep();
  }
  expect([readFileSync(path, 'utf8'), readdirSync(join(path, '..'))]).toEqual(['new!', ['kept']]);
});
