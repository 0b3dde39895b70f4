import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmt } from '../../../calculators/emt.js';
import { registerEvaluate } from '../../../src/cli/model/command-evaluate.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';
import { runCommand } from '../../helpers/run-command.js';

let folder = '';
const inFolder = (name: string) => join(folder, name);
const files = () => ['one', 'two'].map((name) => inFolder(`${name}/test.extxyz`));

/** Copper with the labels of EMT itself, but for one energy and one force of the third frame of the second file. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  await using emt = createEmt();
  for (const [index, file] of files().entries()) {
    await mkdir(join(file, '..'));
    const structures = [1, 2, 3, 4].map((step) => rattledCopper(2, { rattle: 0.02 * (4 * index + step) }));
    const labelled = await Promise.all(
      structures.map(async (structure, frame) => {
        const { energy, forces, stress } = await emt.calculate(structure);
        const isWrong = index === 1 && frame === 2;
        if (isWrong) forces[4] += 3;
        const labels = { energy: energy + (isWrong ? 0.5 * structure.numbers.length : 0), forces, stress };
        return { ...structure, labels, info: { config_type: frame < 2 ? 'cold' : 'hot' } };
      }),
    );
    await writeStructures(file, labelled);
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('lamm evaluate --out', () => {
  it('writes a page with parity, errors and the worst structure first', async () => {
    const out = inFolder('page.html');
    const { exitCode, stdout } = await runCommand(registerEvaluate, [
      'evaluate',
      ...files(),
      '-c',
      'emt',
      '--out',
      out,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`written to ${out}`);
    // The seventh label stands above the eighth: 1 of 28 pairs, and 1 - 6 x 2 / (8 x 63).
    expect(stdout).toContain('within 1 composition (8 structures): rank correlation 0.976, 96.4 % of pairs right');
    const page = await readFile(out, 'utf8');
    for (const title of [
      'Energy per atom above fitted references',
      'Force components',
      'Errors: energy per atom',
      'Cumulative errors: force components',
      'Stress components',
      'Forces on atoms of each element (MAE, meV/A)',
      'Energies of structures that hold each element (MAE, meV/atom)',
    ])
      expect(page).toContain(`>${title}</text>`);
    expect(page).toMatch(/<td>one<\/td><td>4<\/td><td>0\.00<\/td><td>0\.00<\/td><td>1\.0000<\/td><td>1\.0000<\/td>/);
    expect(page).toMatch(/<td>two<\/td><td>4<\/td><td>125\.00<\/td><td>250\.00<\/td>/);
    expect(page).toContain('<title>Cu: 63, 8 structures</title>');
    const [, worst] = /<td>energy<\/td>(.*?)<\/tr>/s.exec(page) ?? ['', ''];
    expect(worst).toMatch(
      /<td>two<\/td><td>3<\/td><td>hot<\/td><td>Cu\d+<\/td><td>-500\.0<\/td><td>3000<\/td><td>Cu 2<\/td>/,
    );
    expect(page).toMatch(
      /<h2>By config_type<\/h2>.*<th>file<\/th><th>config_type<\/th>.*<td>two<\/td><td>hot<\/td><td>2<\/td>/s,
    );
  });

  it('tells errors by the values of any key of the frames, and which keys there are where it is in none', async () => {
    const file = inFolder('keyed.extxyz');
    const frames = await readStructures(files()[1]);
    const keyed = frames.map((frame, index) => {
      const source = index < 2 ? 'bulk' : 'surface';
      return index === 3 ? frame : { ...frame, info: { ...frame.info, source, run: 7 } };
    });
    await writeStructures(file, keyed);
    const evaluate = (...args: string[]) => runCommand(registerEvaluate, ['evaluate', file, '-c', 'emt', ...args]);
    const out = inFolder('keyed.html');
    const { stdout } = await evaluate('--by', 'source', '--out', out);
    expect(stdout).toMatch(/^ {2}bulk +2 +0\.00 .*\n {2}surface +1 +500\.00 /m);
    expect(await readFile(out, 'utf8')).toMatch(
      /<h2>By source<\/h2>.*<tr><td>bulk<\/td><td>2<\/td>.*<tr><td>surface<\/td>/s,
    );
    const byRun = JSON.parse((await evaluate('--by', 'run', '--json')).stdout);
    expect(byRun.rows).toEqual([
      expect.objectContaining({ frames: 4 }),
      expect.objectContaining({ group: '7', frames: 3 }),
    ]);
    expect(await evaluate('--by', 'kind')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/expected the key kind, which no frame has; keys found: .*source/),
    });
  });

  it('says in --json where the page is, and no more than without one', async () => {
    const out = inFolder('json.html');
    const { stdout } = await runCommand(registerEvaluate, [
      'evaluate',
      ...files(),
      '-c',
      'lj:epsilon=0.4,sigma=2.3',
      '--out',
      out,
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      out,
      total: { frames: 8 },
      elements: [{ symbol: 'Cu', structures: 8, atoms: 256 }],
    });
    expect(JSON.parse(stdout)).not.toHaveProperty('comparisons');
  });

  it('says that energies have another zero than the labels, and proposes what compares them', async () => {
    const shifted = inFolder('shifted.extxyz');
    const frames = await readStructures(files()[0]);
    const moved = frames.map((frame) => ({
      ...frame,
      labels: { ...frame.labels, energy: (frame.labels.energy ?? 0) - 3 * frame.numbers.length },
    }));
    await writeStructures(shifted, moved);
    const evaluate = (...args: string[]) => runCommand(registerEvaluate, ['evaluate', '-c', 'emt', ...args]);
    expect((await evaluate(shifted)).stderr).toMatch(
      /another zero than the labels: their RMSE is 3000 meV\/atom, and 0 meV\/atom .* --rereference compares them so/,
    );
    expect((await evaluate(shifted, '--rereference')).stderr).not.toContain('zero');
    expect((await evaluate(...files())).stderr).not.toContain('zero'); // one wrong frame is no other zero
  });

  it('says which heads gave the numbers', async () => {
    const args = ['evaluate', files()[0], '--model', 'lamm-s-joint'];
    const { stderr } = await runCommand(registerEvaluate, args);
    expect(stderr).toMatch(/lamm-s-joint, head \S+: 4 structures, 128 atoms/);
    const { stdout } = await runCommand(registerEvaluate, [...args, '--json']);
    expect(JSON.parse(stdout).heads).toHaveLength(1);
  });

  it('tells energies of molecules and crystals apart in table, JSON and page', async () => {
    const file = inFolder('both.extxyz');
    const molecule = createStructure({ symbols: ['H', 'H'], positions: [0, 0, 0, 0.75, 0, 0] });
    const crystals = await readStructures(files()[0]);
    await writeStructures(file, [{ ...molecule, labels: { energy: -31 } }, ...crystals]);
    const out = inFolder('both.html');
    const args = ['evaluate', file, '--out', out, '--force'];
    const { stdout, stderr } = await runCommand(registerEvaluate, args);
    expect(stdout).toMatch(/^both\.extxyz \(gfn2\) +1 +\d.*\n(.*\n)*both\.extxyz \(crystals\) +4 +\d/m);
    expect(stdout).toMatch(/^all \(gfn2\) +1 +\d.*\nall \(crystals\) +4 +\d.*\ntotal +5 +- +- +\d/m);
    expect(stderr).toContain('different zeros');
    const page = await readFile(out, 'utf8');
    for (const text of ['<td>all (gfn2)</td><td>1</td>', '<td>both.extxyz (crystals)</td><td>4</td>'])
      expect(page).toContain(text);
    expect(page).not.toContain('<td>all</td>');
    expect(page).toContain('<h2>By element, head crystals</h2>');
    const json = JSON.parse((await runCommand(registerEvaluate, [...args, '--json'])).stdout);
    expect(json.total).not.toHaveProperty('energyMaeMeVPerAtom');
    expect(json.byHead).toEqual([
      expect.objectContaining({ head: 'gfn2', frames: 1, energyMaeMeVPerAtom: expect.any(Number) }),
      expect.objectContaining({ head: 'crystals', frames: 4, energyMaeMeVPerAtom: expect.any(Number) }),
    ]);
    expect(json.elements).toEqual([
      expect.objectContaining({ symbol: 'H', head: 'gfn2' }),
      expect.objectContaining({ symbol: 'Cu', head: 'crystals' }),
    ]);
  });

  it('refuses another ending and a page that exists before anything is calculated', async () => {
    const ending = await runCommand(registerEvaluate, [
      'evaluate',
      ...files(),
      '-c',
      'emt',
      '--out',
      inFolder('page.csv'),
    ]);
    expect(ending).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('.html') });
    await writeFile(inFolder('taken.html'), 'mine');
    const taken = await runCommand(registerEvaluate, [
      'evaluate',
      ...files(),
      '-c',
      'emt',
      '--out',
      inFolder('taken.html'),
    ]);
    expect(taken.exitCode).toBe(2);
    expect(await readFile(inFolder('taken.html'), 'utf8')).toBe('mine');
  });
});
