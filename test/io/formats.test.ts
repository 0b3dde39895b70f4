import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  endingsOfFrames,
  formatCalled,
  formatOfName,
  formats,
  writableEndings,
  writableFormats,
  writerOf,
} from '../../src/io/formats.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const endings = formats.flatMap((format) => ('endings' in format ? format.endings : []));
const names = formats.map(({ name }) => name);

describe('the table of formats', () => {
  it('has each name and each ending once, and every ending leads back to its format', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(endings).size).toBe(endings.length);
    for (const format of formats) {
      if (!('endings' in format)) continue;
      expect(format.endings.map((ending) => formatOfName(`a${ending}`))).toEqual(format.endings.map(() => format.name));
      expect(format.endings.map((ending) => formatOfName(`A${ending.toUpperCase()}.gz`))).toEqual(
        format.endings.map(() => format.name),
      );
    }
  });

  it('names only formats that it has', () => {
    for (const name of names) {
      const { within, lessThan = [] } = formatCalled(name);
      expect(names).toEqual(expect.arrayContaining([...lessThan, ...(within === undefined ? [] : [within])]));
    }
  });

  it('writes under an ending by which it is read again', () => {
    expect(writableFormats).toEqual(['extxyz', 'cif', 'poscar']);
    for (const name of writableFormats) expect(formatOfName(`a${writerOf(name).ending}`)).toBe(name);
  });

  it('says in messages and help what it holds', () => {
    expect(writableEndings()).toBe('.extxyz, .cif or .vasp');
    expect(writableEndings({ many: true })).toBe('.extxyz or .cif');
    expect(endingsOfFrames()).toMatch(/^\.extxyz, .*\.db.* or \.mdb$/);
  });

  it('refuses a name that no format has', () => {
    expect(() => formatCalled('pdb' as 'cif')).toThrow(/expected one of the formats extxyz, cif, .*, found "pdb"/);
    expect(() => writerOf('sdf' as 'cif')).toThrow(/expected one of the formats extxyz, cif, poscar, found "sdf"/);
  });

  it.each(endings)('README has the ending %s', (ending) => {
    expect(readme).toContain(`\`${ending}\``);
  });
});
