import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerEmbed } from '../../../src/cli/model/command-embed.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createRandom } from '../../../src/random.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { runCommand } from '../../helpers/run-command.js';

let folder = '';
const inFolder = (name: string) => join(folder, name);
const names = ['copper', 'nickel', 'alloy'];
const files = () => names.map((name) => inFolder(`${name}.extxyz`));
const random = createRandom(6);

/** A rattled cubic cell of two or four metals on a face-centred lattice. */
function crystal(symbols: readonly string[]): Structure {
  const sites = [0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0];
  const positions = sites.map((site) => 1.8 * site + 0.1 * random.normal());
  return createStructure({ symbols, positions, cell: [3.6, 0, 0, 0, 3.6, 0, 0, 0, 3.6] });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  const kinds = [
    ['Cu', 'Cu', 'Cu', 'Cu'],
    ['Ni', 'Ni', 'Ni', 'Ni'],
    ['Ni', 'Mo', 'Ta', 'W'],
  ];
  for (const [index, file] of files().entries()) {
    const structures = Array.from({ length: 14 }, () => crystal(kinds[index]));
    await writeStructures(file, structures);
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('lamm embed', () => {
  it('maps structures and elements on a page, and says how far claims hold', async () => {
    const out = inFolder('map.html');
    const { exitCode, stdout } = await runCommand(registerEmbed, [
      'embed',
      ...files(),
      '--neighbors',
      '10',
      '--out',
      out,
    ]);
    expect(exitCode).toBe(0);
    const [, found, chance] = /like by data set, 10 nearest +([\d.]+) % +([\d.]+) %/.exec(stdout) ?? [];
    expect(Number(found)).toBeGreaterThan(80); // one cell has nickel beside other metals
    expect(chance).toBe('31.7');
    expect(stdout).toMatch(/like by data set, by composition alone, 10 nearest +100\.0 % +31\.7 %/);
    expect(stdout).toMatch(/mean features of 5 elements and the periodic table +rho = -?\d\.\d{3} +0 \(p = /);
    const page = await readFile(out, 'utf8');
    for (const title of [
      'Structures by data set',
      'Atoms of an element in a structure',
      'Elements: mean features',
      'Elements: embedding table',
    ])
      expect(page).toContain(`>${title}</text>`);
    for (const symbol of ['Cu', 'Ni', 'Mo', 'Ta', 'W']) expect(page).toContain(`>${symbol}</text>`);
    expect(page.match(/<title>/g)?.length).toBeGreaterThan(42);
  });

  it('writes everything as JSON, the same to the last bit each time', async () => {
    const write = async (name: string) => {
      await runCommand(registerEmbed, [
        'embed',
        ...files(),
        '--limit',
        '9',
        '--neighbors',
        '5',
        '--out',
        inFolder(name),
      ]);
      return readFile(inFolder(name), 'utf8');
    };
    const text = await write('a.json');
    expect(await write('b.json')).toBe(text);
    const { method, structures, elements, datasets, datasetsByComposition, elementRows } = JSON.parse(text);
    expect([method, structures.length, elements.length]).toEqual(['umap', 27, 5]);
    expect(structures[0]).toMatchObject({
      file: files()[0],
      dataset: 'copper.extxyz',
      formula: 'Cu4',
      place: [expect.any(Number), expect.any(Number)],
    });
    expect(structures[26].elements).toEqual({
      Ni: expect.anything(),
      Mo: expect.anything(),
      Ta: expect.anything(),
      W: expect.anything(),
    });
    expect(elements.map(({ symbol }: { symbol: string }) => symbol)).toEqual(['Ni', 'Cu', 'Mo', 'Ta', 'W']);
    expect(elements[0].atomCount).toBe(9 * 5);
    expect(elements[0].features).toHaveLength(elements[0].embedding.length);
    expect(datasets.share).toBeGreaterThan(0.7);
    expect(datasetsByComposition.share).toBe(1);
    expect(elementRows.table.correlation).toBeGreaterThan(-1);
  });

  it('writes features as a table, by components where that is asked for', async () => {
    const out = inFolder('table.csv');
    const args = ['--method', 'pca', '--limit', '3', '--out', out, '--json'];
    const { stdout } = await runCommand(registerEmbed, ['embed', ...files(), ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ structures: 9, out });
    const [head, ...rows] = (await readFile(out, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(head.slice(0, 8)).toEqual(['file', 'frame', 'group', 'dataset', 'formula', 'x', 'y', 'f1']);
    expect(rows).toHaveLength(9);
    expect(
      rows.every((row) => row.length === head.length && row.slice(5).every((cell) => Number.isFinite(Number(cell)))),
    ).toBe(true);
    expect(new Set(rows.map(([file, frame]) => file + frame)).size).toBe(9);
  });

  it('shows the features of one structure, and says what a map and what claims take', async () => {
    const embed = (...args: string[]) => runCommand(registerEmbed, ['embed', ...args]);
    await writeStructures(inFolder('one.extxyz'), [crystal(['Cu', 'Cu', 'Cu', 'Cu'])]);
    const out = inFolder('one.html');
    const one = await embed(inFolder('one.extxyz'), '--out', out);
    expect(one).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1 structure with \d+ features each by lamm-s; written to .*one\.html\n$/),
      stderr: expect.stringMatching(/^one structure has nothing to be compared with: .*--out .*\.csv/),
    });
    const page = await readFile(out, 'utf8');
    expect(page).toContain('Features of Cu4, one.extxyz, frame 1');
    expect(page.match(/<td>-?\d\.\d{4}<\/td>/g)).toHaveLength(Number(/with (\d+)/.exec(one.stdout)?.[1]));
    expect(page).not.toContain('<svg');
    const [first] = files();
    const alike = await embed(first, '--out', inFolder('alike.html'));
    expect(alike).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^14 structures with /) });
    expect(alike.stderr).toMatch(/^nothing is compared: that takes two structures of one data set/);
  });

  it('names elements without energies, refuses those it has no row for, other endings and pages that exist', async () => {
    const polonium = inFolder('polonium.extxyz');
    await writeStructures(polonium, [crystal(['Po', 'Po', 'Cu', 'Cu']), crystal(['Cu', 'Po', 'Cu', 'Cu'])]);
    const known = await runCommand(registerEmbed, ['embed', polonium, '--out', inFolder('c.json')]);
    expect(known).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('energies of Po:') });
    const lawrencium = inFolder('lawrencium.extxyz');
    await writeStructures(lawrencium, [crystal(['Lr', 'Cu', 'Cu', 'Cu'])]);
    const unknown = await runCommand(registerEmbed, ['embed', lawrencium, '--out', inFolder('u.json')]);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('found Lr') });
    const ending = await runCommand(registerEmbed, ['embed', polonium, '--out', inFolder('c.png')]);
    expect(ending).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('.csv') });
    await writeFile(inFolder('taken.html'), '');
    const taken = await runCommand(registerEmbed, ['embed', polonium, '--out', inFolder('taken.html')]);
    expect(taken.exitCode).toBe(2);
  });
});
