import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { type CifOptions, parseCif } from '../../../src/io/cif/cif.js';
import type { Structure } from '../../../src/structure/structure.js';
import { readCorpora } from '../corpus.js';
import { readFixture } from '../cut-files.js';
import { problemsOfDamage } from '../robustness.js';

const file = 'a.cif';
const smallFiles = [
  'handmade__mixed_occupancy_site.cif',
  'handmade__text_fields_quotes_comments.cif',
  'handmade__symops_hexagonal_mixed_terms.cif',
].map((name) => readFixture(`cif/${name}`));

/** Reads, and says what is wrong with the answer: it must be finite structures or an error with file and line. */
function problemOf(text: string, options: CifOptions = {}): string | undefined {
  try {
    const structures = parseCif(text, { ...options, file });
    return structures.length > 0 && structures.every(isFinite) ? undefined : 'no structure, or one that is not finite';
  } catch (error) {
    if (!(error instanceof LammError)) return String(error instanceof Error ? error.stack : error);
    return error.details.file === file && (error.details.line ?? 0) > 0 ? undefined : `no place: ${error.message}`;
  }
}

function isFinite({ positions, cell, numbers }: Structure): boolean {
  return numbers.length > 0 && [...positions, ...cell].every(Number.isFinite);
}

const choices: readonly CifOptions[] = [{}, { occupancy: 'majority' }, { onRefused: () => undefined }];

describe('a damaged CIF', () => {
  it('is read or refused with its place wherever it is cut off', () => {
    let cases = 0;
    for (const text of smallFiles) {
      for (let length = 0; length < text.length; length++) {
        const options = choices[cases++ % choices.length];
        expect(problemOf(text.slice(0, length), options), `cut after ${length}`).toBeUndefined();
      }
    }
    expect(cases).toBeGreaterThan(1000);
  });

  it('is read or refused with its place whichever bytes are changed', async () => {
    for (const [index, text] of smallFiles.entries()) {
      const read = (bytes: Uint8Array) => parseCif(Buffer.from(bytes).toString('utf8'), { ...choices[index], file });
      expect(await problemsOfDamage(Buffer.from(text), read, { file, lines: true, runs: 1000 })).toEqual([]);
    }
  });

  it('of random bytes, and of random words, is refused with its place', () => {
    const words = fc.constantFrom(
      ...[
        'data_',
        'data_x',
        'loop_',
        'save_',
        'save_x',
        'stop_',
        'global_',
        "'",
        '"',
        '\n;',
        '#',
        '?',
        '.',
        '1',
        '0.5(2)',
      ],
      ...['_cell_length_a', '_cell_angle_beta', '_atom_site_label', '_atom_site_fract_x', '_atom_site.Cartn_x', 'C1'],
      ...['_space_group_IT_number', '_space_group_name_Hall', '_symmetry_equiv_pos_as_xyz', '-x,y+1/2,z', '-P 2ybc'],
    );
    const text = fc.array(words, { maxLength: 60 }).map((list) => list.join(' '));
    const lines = fc.array(words, { maxLength: 60 }).map((list) => list.join('\n'));
    const bytes = fc.uint8Array({ maxLength: 3000, size: 'max' }).map((list) => Buffer.from(list).toString('latin1'));
    fc.assert(
      fc.property(fc.oneof(text, lines, bytes), fc.boolean(), (body, hasHeader) => {
        expect(problemOf(hasHeader ? `data_x\n${body}` : body)).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });
});

const cell = (a: number) =>
  `data_x\n_cell_length_a ${a}\n_cell_length_b ${a}\n_cell_length_c ${a}\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n`;
const sites = (rows: string, more = '') =>
  `loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${more}${rows}\n`;
const times = (count: number, row: (index: number) => string) =>
  Array.from({ length: count }, (_, k) => row(k)).join('\n');

const huge: Readonly<Record<string, () => string>> = {
  'a line of 10 MB': () => `${cell(4)}_t ${'x'.repeat(1e7)}\n`,
  'a comment of 10 MB before the first block': () => `#${'x'.repeat(1e7)}\n${cell(4)}`,
  '10 MB of blanks': () => `${cell(4)}${' '.repeat(5e6)}\n${'\t'.repeat(5e6)}`,
  '10 MB of blanks before text that is no CIF': () => `${' '.repeat(5e6)}\n${' '.repeat(5e6)}x`,
  'a text field that is never closed': () => `${cell(4)}_t\n;\n${'lorem ipsum\n'.repeat(8e5)}`,
  'a quote that is never closed': () => `${cell(4)}_t '${"a'b ".repeat(2e6)}`,
  'quotes within quotes': () => `${cell(4)}_t "${'"a'.repeat(3e6)}"\n`,
  'a folded field of backslashes': () => `${cell(4)}_t\n;\\\n${'\\'.repeat(3e6)}\n;\n`,
  'deep brackets': () => `#\\#CIF_2.0\n${cell(4)}_t ${'['.repeat(1e6)}${']'.repeat(1e6)}\n`,
  'brackets in a Hall symbol': () => `${cell(4)}_space_group_name_Hall '-P 2 ${'('.repeat(1e6)}'\n${sites('C1 0 0 0')}`,
  'letters in a Hall symbol': () => `${cell(4)}_space_group_name_Hall '-P 2${'abc'.repeat(1e6)}'\n${sites('C1 0 0 0')}`,
  'a name of 10 MB': () => `${cell(4)}_space_group_name_H-M_alt 'P ${'1 ('.repeat(3e6)}'\n${sites('C1 0 0 0')}`,
  'a name of blanks': () => `${cell(4)}_space_group_name_H-M_alt 'P${' '.repeat(5e6)}1(2'\n${sites('C1 0 0 0')}`,
  'an operation of 10 MB': () =>
    `${cell(4)}loop_\n_symmetry_equiv_pos_as_xyz\n${'x+'.repeat(5e6)},y,z\n${sites('C1 0 0 0')}`,
  'an operation of many parts': () =>
    `${cell(4)}loop_\n_symmetry_equiv_pos_as_xyz\n${'x,'.repeat(5e6)}\n${sites('C1 0 0 0')}`,
  'many operations': () =>
    `${cell(4)}loop_\n_symmetry_equiv_pos_as_xyz\n${times(1e5, (k) => `x,y,z+${k}/100003`)}\n${sites('C1 0 0 0')}`,
  'many blocks': () => 'data_a\n'.repeat(2e5),
  'many broken blocks': () => "data_a\n_a 'b\n".repeat(3e4),
  'many loops': () => `data_a\n${'loop_\n_a\n1\n'.repeat(1e5)}`,
  'a loop of a million values': () => `${cell(4)}loop_\n_a\n_b\n${'1 2\n'.repeat(5e5)}${sites('C1 0 0 0')}`,
  'a loop of many columns': () => `${cell(4)}loop_\n${times(1e5, (k) => `_a${k}`)}\n1\n`,
  'the same item many times': () => `${cell(4)}${'_cell_length_a 4\n'.repeat(2e5)}${sites('C1 0 0 0')}`,
  'a formula of 10 MB': () => `${cell(4)}_chemical_formula_sum '${'C'.repeat(1e7)}'\n${sites('C1 0 0 0')}`,
  'many atoms in one place': () => `${cell(9)}${sites(times(3e4, () => 'C1 0 0 0'))}`,
  'many atoms close to each other': () => `${cell(9)}${sites(times(3e4, (k) => `C1 0 0 ${(k * 1e-7).toFixed(7)}`))}`,
  'many atoms in a plane': () =>
    `${cell(900)}${sites(times(3e4, (k) => `C1 0 ${(k % 300) / 300} ${Math.floor(k / 300) / 400}`))}`,
  'more atoms than fit into the memory': () =>
    `${cell(90)}_space_group_IT_number 225\n${sites(times(3e4, (k) => `C1 0.1 .2 ${k / 1e5}`))}`,
  'many disordered atoms in one place': () =>
    `${cell(9)}${sites(
      times(3e4, () => 'C1 0 0 0 .1'),
      '_atom_site_occupancy\n',
    )}`,
  'many disorder groups': () =>
    `${cell(900)}${sites(
      times(3e4, (k) => `C1 0 ${(k % 300) / 300} ${Math.floor(k / 300) / 400} 0.4 ${k}`),
      '_atom_site_occupancy\n_atom_site_disorder_group\n',
    )}`,
  'a cell that is too flat': () => `${cell(0.01)}${sites(times(1e4, (k) => `C1 0 0 ${k / 1e4}`))}`,
};

it.each(Object.entries(huge))('%s is answered within a second and in little memory', (_, make) => {
  const text = make();
  expect(Buffer.byteLength(text)).toBeGreaterThan(1e5);
  for (const options of choices) {
    const [startedAt, memory] = [process.cpuUsage(), process.memoryUsage().heapUsed];
    expect(problemOf(text, options)).toBeUndefined();
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1e6).toBeLessThan(3); // a second where nothing else runs
    expect(process.memoryUsage().heapUsed - memory).toBeLessThan(800e6);
  }
});

describe.each(readCorpora('cif').slice(1))('CIF: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)('damaged files of the corpus are read or refused with their place', async () => {
    const problems: string[] = [];
    for (const record of corpus?.records ?? []) {
      const text = corpus?.textOf(record) ?? '';
      if (text.length > 6000) continue;
      const read = (bytes: Uint8Array) =>
        parseCif(Buffer.from(bytes).toString('utf8'), { file, occupancy: 'majority' });
      problems.push(...(await problemsOfDamage(Buffer.from(text), read, { file, lines: true, runs: 15 })));
    }
    expect(problems).toEqual([]);
  });
});
