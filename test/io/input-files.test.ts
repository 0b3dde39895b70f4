import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { listInputFiles } from '../../src/io/input-files.js';
import { useFolder } from '../helpers/folder.js';

const inFolder = useFolder('test');

it('takes the paths in the lines of a list, which start from its folder', async () => {
  await mkdir(inFolder('lists'));
  await writeFile(inFolder('a.xyz'), '1\n\nH 0 0 0\n');
  await writeFile(inFolder('lists/all'), '# candidates\n../a.xyz\r\n\n');
  expect(listInputFiles([`@${inFolder('lists/all')}`])).toEqual([{ path: inFolder('a.xyz'), bytes: 11 }]);
});

it('names the list and the line of a path that is not there', async () => {
  await writeFile(inFolder('list'), '\nnowhere.xyz\n');
  expect(() => listInputFiles([`@${inFolder('list')}`])).toThrow(
    `${inFolder('list')}:2: ${inFolder('nowhere.xyz')}: there is no such file; check the path, or the list`,
  );
});

it('takes one frame of a file by its number or its name, in a list too', async () => {
  await writeFile(inFolder('two.cif'), 'data_a\ndata_b\n');
  await writeFile(inFolder('list'), 'two.cif@b\n');
  expect(listInputFiles([inFolder('two.cif@-1'), `@${inFolder('list')}`])).toEqual([
    { path: inFolder('two.cif'), bytes: 14, frame: '-1' },
    { path: inFolder('two.cif'), bytes: 14, frame: 'b' },
  ]);
});

it('refuses a frame of a folder', async () => {
  await mkdir(inFolder('lists'), { recursive: true });
  expect(() => listInputFiles([inFolder('lists@2')])).toThrow(
    /lists: expected a file in front of @2, found a folder; name the file in it/,
  );
});

it.each([
  [
    'a file of numbers',
    'a.xyz\nb\0c\n',
    /expected a text with a path in each line, found a control character in line 2/,
  ],
  ['names that would paint a terminal', '\x1b[31mx.xyz\n', /found a control character in line 1/],
])('refuses %s as a list', async (_, text, message) => {
  await writeFile(inFolder('list'), text);
  expect(() => listInputFiles([`@${inFolder('list')}`])).toThrow(message);
});

it('refuses a device and a folder as a list', () => {
  for (const list of ['/dev/zero', inFolder('.')])
    expect(() => listInputFiles([`@${list}`])).toThrow(/expected a text with a path in each line/);
});

it('finds the names that have the pieces between the stars, each in its place and in their order', async () => {
  for (const name of ['abab.xyz', 'ab.xyz', 'ba.xyz', '.ab.xyz', 'a+b.xyz']) await writeFile(inFolder(name), '');
  const found = (pattern: string) => listInputFiles([inFolder(pattern)]).map(({ path }) => basename(path));
  expect(found('*.xyz')).toEqual(['a+b.xyz', 'ab.xyz', 'abab.xyz', 'ba.xyz'].sort());
  expect(found('ab*ab.xyz')).toEqual(['abab.xyz']);
  expect(found('a*b.xyz')).toEqual(['a+b.xyz', 'ab.xyz', 'abab.xyz'].sort());
  expect(found('*a*b*a*.xyz')).toEqual(['abab.xyz']);
  expect(found('a+*')).toEqual(['a+b.xyz']);
});

it('comes to an end for a pattern of many stars', async () => {
  await writeFile(inFolder(`${'a'.repeat(200)}bc`), '');
  expect(() => listInputFiles([inFolder(`${'*a'.repeat(60)}*b`)])).toThrow(/no file has such a name/);
});
