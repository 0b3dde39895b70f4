import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { registerScreen } from '../../../src/cli/screen/command-screen.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createRandom } from '../../../src/random.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const main = join(dirname(fileURLToPath(import.meta.url)), '../../../dist/src/cli/main.js');

/** Crystals of Cu, Au and both, slightly rattled. */
function alloys(count: number): Structure[] {
  const random = createRandom(1);
  const kinds = [
    ['Cu', 'Cu', 'Cu', 'Cu'],
    ['Au', 'Au', 'Au', 'Au'],
    ['Cu', 'Cu', 'Au', 'Au'],
    ['Cu', 'Cu', 'Cu', 'Au'],
  ];
  return Array.from({ length: count }, (_, index) => {
    const a = 3.6 + 0.2 * random.uniform();
    const positions = [0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0].map((x) => (x * a) / 2 + 0.02 * random.normal());
    return createStructure({ symbols: kinds[index % 4], positions, cell: [a, 0, 0, 0, a, 0, 0, 0, a] });
  });
}

const inFolder = useFolder('test', async () => {
  await mkdir(inFolder('data'));
  await writeStructures(inFolder('data/alloys.extxyz'), alloys(40));
  await writeStructures(inFolder('data/one.cif'), alloys(1));
  await writeFile(inFolder('data/broken.cif'), 'data_broken\n_cell_length_a 3\n');
});

// In one thread: only the built program finds others, as the tests below start it.
const screen = (...args: string[]) =>
  runCommand(registerScreen, ['screen', ...args, '--calculator', 'emt', '--threads', '1']);
const rowsOf = async (folder: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, 'results.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const voiceOf = ({ committee }: Record<string, unknown>) =>
  Array.isArray(committee) ? committee[0].energyPerAtom : undefined;

describe('lamm screen', () => {
  it('gives a file whose name is no UTF-8 a row that says so', async () => {
    await mkdir(inFolder('names'));
    await writeStructures(inFolder('names/good.extxyz'), alloys(1));
    const bytes = await readFile(inFolder('names/good.extxyz'));
    await writeFile(Buffer.from(inFolder('names/bad\xff.extxyz'), 'latin1'), bytes);
    expect(await screen(inFolder('names'), '--out', inFolder('names-out'))).toMatchObject({ exitCode: 2 });
    const rows = await rowsOf(inFolder('names-out'));
    expect(rows.map(({ error }) => error)).toEqual([expect.stringContaining('not valid UTF-8'), undefined]);
  });

  it('refuses a file in the place of its folder, or of that of its pieces', async () => {
    await writeFile(inFolder('taken'), 'mine');
    await mkdir(inFolder('half'));
    await writeFile(inFolder('half/pieces'), 'mine');
    for (const [out, file] of [
      ['taken', 'taken'],
      ['half', 'half/pieces'],
    ]) {
      const { exitCode, stderr } = await screen(inFolder('data/one.cif'), '--out', inFolder(out));
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error: ${inFolder(file)}: expected a folder, found a file; choose another path`);
      expect(await readFile(inFolder(file), 'utf8')).toBe('mine');
    }
  });

  it('says how to begin anew instead of knowing no --force', async () => {
    const out = inFolder('forced');
    const { exitCode, stderr } = await screen(inFolder('data'), '--out', out, '--force');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/forced: a screening has no --force: .*another folder with --out, or remove this one/);
    await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await screen('--help')).stdout).not.toMatch(/--force|default: \[/);
  });

  it('gives every structure one row, in the order of the inputs, also those that cannot be read', async () => {
    const out = inFolder('out');
    const { exitCode, stdout } = await screen(inFolder('data'), '--out', out, '--chunk', '7', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ structures: 42, failed: 1 });
    const rows = await rowsOf(out);
    const names = rows.map(({ id }) => String(id).replace(/.*\/data\//, ''));
    expect(names).toEqual([
      ...Array.from({ length: 40 }, (_, frame) => `alloys.extxyz@${frame + 1}`),
      'broken.cif@1',
      'one.cif@1',
    ]);
    expect(rows.filter(({ error }) => error !== undefined).map(({ id }) => id)).toEqual([
      `${inFolder('data')}/broken.cif@1`,
    ]);
    const csv = (await readFile(join(out, 'results.csv'), 'utf8')).trimEnd().split('\n');
    expect(csv).toHaveLength(43);
    const { buffer } = new Uint8Array(await readFile(join(out, 'results.parquet')));
    const read = await parquetReadObjects({ file: buffer });
    expect(read).toHaveLength(42);
    for (const [index, { id, energy = null, atoms = null, error = null }] of rows.entries())
      expect(read[index]).toMatchObject({ id, energy, atoms, error });
  });

  it('takes single frames of files, by number or name, where its own rows or other verbs name them', async () => {
    const out = inFolder('out');
    const block = (await readFile(inFolder('data/one.cif'), 'utf8')).replace(/^data_.*$/m, 'data_second');
    await appendFile(inFolder('data/one.cif'), block);
    await writeFile(inFolder('best'), 'data/alloys.extxyz@7\ndata/alloys.extxyz@3\ndata/one.cif@second\n');
    const inputs = [`@${inFolder('best')}`, inFolder('data/alloys.extxyz@-1')];
    expect((await screen(...inputs, '--out', out)).exitCode).toBe(0);
    const rows = await rowsOf(out);
    const names = rows.map(({ id }) => String(id).replace(/.*\/data\//, ''));
    expect(names).toEqual(['alloys.extxyz@7', 'alloys.extxyz@3', 'one.cif@2', 'alloys.extxyz@40']);
    await screen(inFolder('data/alloys.extxyz'), '--out', inFolder('all'));
    const all = await rowsOf(inFolder('all'));
    expect([rows[0].energy, rows[1].energy, rows[3].energy]).toEqual([all[6].energy, all[2].energy, all[39].energy]);
    const others = await screen(inFolder('data/alloys.extxyz@7'), '--out', out);
    expect([others.exitCode, others.stderr]).toEqual([2, expect.stringMatching(/inputs = /)]);
  });

  it('refuses a frame that does not exist before anything is calculated', async () => {
    const { exitCode, stderr } = await screen(inFolder('data/alloys.extxyz@41'), '--out', inFolder('out'));
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/alloys\.extxyz: expected 1 to 40, found 41/)]);
    expect(await readdir(inFolder('out'))).toEqual([]);
  });

  it('tells the reasons of the first failures, and of the others where they are', async () => {
    const out = inFolder('out');
    await writeStructures(
      inFolder('data/unknown.extxyz'),
      Array.from({ length: 4 }, () => createStructure({ symbols: ['U'], positions: [0, 0, 0] })),
    );
    const { stdout, stderr } = await screen(inFolder('data'), '--out', out);
    expect(stdout).toMatch(/46 structures with emt .*5 failed/);
    expect(stdout).not.toContain('+-'); // nothing is known of the errors of emt
    expect(stderr).toMatch(/broken\.cif.*\n.*unknown\.extxyz@1: .*U.*\n.*unknown\.extxyz@2: /);
    expect(stderr).toMatch(/2 more failed; their reasons are in the column error of .*results\.csv/);
    expect(stderr).not.toContain('unknown.extxyz@3');
  });

  it('makes whole atoms of mixed sites where that is asked for, and else says how', async () => {
    const sites = ['label', 'fract_x', 'fract_y', 'fract_z', 'occupancy'].map((key) => `_atom_site_${key}\n`).join('');
    const cell = ['a', 'b', 'c'].map((axis) => `_cell_length_${axis} 3.7\n`).join('');
    const symmetry = "_space_group_name_H-M_alt 'F m -3 m'\n";
    const text = `data_mixed\n${cell}${symmetry}loop_\n${sites}Cu1 0 0 0 0.75\nAu1 0 0 0 0.25\n`;
    await writeFile(inFolder('mixed.cif'), text);
    const refused = await screen(inFolder('mixed.cif'), '--out', inFolder('refused'));
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringMatching(/"Cu1" has occupancy 0.75/)]);
    const out = inFolder('majority');
    expect((await screen(inFolder('mixed.cif'), '--out', out, '--occupancy', 'majority')).exitCode).toBe(0);
    expect(await rowsOf(out)).toMatchObject([{ formula: 'Cu4', spaceGroup: '225 F m -3 m' }]);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Cu4, 225 F m -3 m');
  });

  it('measures energies from the elements and the hull of all', async () => {
    const out = inFolder('out');
    await screen(inFolder('data/alloys.extxyz'), '--out', out);
    const rows = await rowsOf(out);
    const ofFormula = (formula: string) => rows.filter((row) => row.formula === formula);
    const lowest = (formula: string) => Math.min(...ofFormula(formula).map((row) => Number(row.energyPerAtom)));
    for (const row of ofFormula('Au2Cu2')) {
      const formation = Number(row.energyPerAtom) - (lowest('Cu4') + lowest('Au4')) / 2;
      expect(row.formationEnergy).toBeCloseTo(formation, 9);
      expect(Number(row.energyAboveHull)).toBeGreaterThanOrEqual(Math.max(0, formation) - 1e-9);
    }
    for (const formula of ['Cu4', 'Au4'])
      expect(Math.min(...ofFormula(formula).map((row) => Number(row.energyAboveHull)))).toBe(0);
  });

  it('draws the hulls on a page of its own', async () => {
    const out = inFolder('out');
    await screen(inFolder('data/alloys.extxyz'), '--out', out);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('>Au-Cu</text>');
    expect(page.match(/<tr/g)).toHaveLength(41); // a head and every candidate
    expect(page).toContain('class="sortable"');
    expect(page).not.toMatch(/\s(src|href)=/);
    const [, json] = /id="structures">(.*?)<\/script>/s.exec(page) ?? ['', '[]'];
    expect(JSON.parse(json)).toHaveLength(40);
    expect(page.match(/<tr data-shows="\d+"/g)).toHaveLength(40);
    expect(page).not.toContain('not calculated');
    await writeStructures(inFolder('compounds.extxyz'), alloys(4).slice(2));
    await screen(inFolder('compounds.extxyz'), '--out', inFolder('compounds'));
    const other = await readFile(inFolder('compounds/report.html'), 'utf8');
    expect(other).toContain('2 of 2 candidates hold elements that were not calculated');
  });

  it('keeps structures that are not relaxed where they are asked for, with energies and forces', async () => {
    const out = inFolder('out');
    await screen(inFolder('data'), '--out', out, '--chunk', '9', '--structures');
    const structures = await readStructures(join(out, 'structures.extxyz'));
    const rows = (await rowsOf(out)).filter(({ error }) => error === undefined);
    expect(structures.map(({ info }) => [info.screen_id, info.lamm_energy])).toEqual(
      rows.map(({ id, energy }) => [id, energy]),
    );
    expect(structures[0].positions).toEqual(alloys(1)[0].positions);
    expect(structures[0].arrays.lamm_forces.values).toHaveLength(12);
  });

  it('compares further models, each with its own elements', async () => {
    const out = inFolder('out');
    const metals = ['Ni', 'Mo'].map((symbol) =>
      createStructure({ symbols: [symbol], positions: [0, 0, 0], cell: [0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0] }),
    );
    await writeStructures(inFolder('metals.extxyz'), [
      ...metals,
      createStructure({
        symbols: ['Ni', 'Mo'],
        positions: [0, 0, 0, 1.55, 1.55, 1.55],
        cell: [3.1, 0, 0, 0, 3.1, 0, 0, 0, 3.1],
      }),
      ...alloys(2).slice(1), // gold is unknown to both
    ]);
    const models = ['--model', 'lamm-s-joint', '--committee', 'lamm-s-metals'];
    await runCommand(registerScreen, ['screen', inFolder('metals.extxyz'), '--out', out, '--threads', '1', ...models]);
    const rows = await rowsOf(out);
    const [nickel, molybdenum, both] = rows.map((row) => [row.energyPerAtom, voiceOf(row)]);
    const formation = [0, 1].map(
      (model) => Number(both[model]) - (Number(nickel[model]) + Number(molybdenum[model])) / 2,
    );
    expect(rows[2].formationEnergy).toBeCloseTo(formation[0], 12);
    expect(rows[2].formationSpread).toBeCloseTo(Math.abs(formation[0] - formation[1]) / 2, 12);
    expect(Number(rows[2].forcesSpread)).toBeLessThan(1e-4); // all forces are zero by symmetry
    expect(rows[3].error).toMatch(/Au/);
    const alone = await runCommand(registerScreen, [
      'screen',
      inFolder('metals.extxyz'),
      '--out',
      out,
      ...models.slice(0, 2),
    ]);
    expect([alone.exitCode, alone.stderr]).toEqual([
      2,
      expect.stringMatching(/--committee = .*lamm-s-metals.*, now its default is asked for/),
    ]);
  });

  it('joins the results once, and again when they have changed or more of the best are asked for', async () => {
    const out = inFolder('out');
    const args = [inFolder('data/alloys.extxyz'), '--out', out, '--chunk', '10', '--json'];
    const first = await screen(...args);
    await writeFile(join(out, 'results.csv'), 'untouched');
    const second = await screen(...args, '--top', '3');
    expect(JSON.parse(second.stdout).best).toEqual(JSON.parse(first.stdout).best.slice(0, 3));
    expect(await readFile(join(out, 'results.csv'), 'utf8')).toBe('untouched');
    await rm(join(out, 'pieces/0000001.jsonl'));
    const third = await screen(...args);
    expect(JSON.parse(third.stdout)).toMatchObject({ structures: 40 });
    expect((await readFile(join(out, 'results.csv'), 'utf8')).trimEnd().split('\n')).toHaveLength(41);
  });

  it('relaxes, and keeps the structures beside the rows', async () => {
    const out = inFolder('out');
    const { exitCode } = await screen(inFolder('data/alloys.extxyz'), '--cell', '--fmax', '0.01', '--out', out);
    expect(exitCode).toBe(0);
    const rows = await rowsOf(out);
    const structures = await readStructures(join(out, 'structures.extxyz'));
    expect(structures.map(({ info }) => info.screen_id)).toEqual(rows.map(({ id }) => id));
    expect(rows.every(({ fmax, converged }) => converged === true && Number(fmax) < 0.01)).toBe(true);
    expect(new Set(rows.filter(({ formula }) => formula === 'Cu4').map((row) => row.spaceGroup))).toEqual(
      new Set(['225 F m -3 m']),
    );
    expect(rows[0].spaceGroupBefore).toBe('1 P 1');
  });

  it('gives up a relaxation after its seconds, with what it came to', async () => {
    const out = inFolder('out');
    const { exitCode } = await screen(
      inFolder('data/one.cif'),
      '--relax',
      '--fmax',
      '1e-9',
      '--max-seconds',
      '1e-6',
      '--out',
      out,
    );
    expect(exitCode).toBe(3);
    expect((await rowsOf(out))[0]).toMatchObject({
      converged: false,
      error: expect.stringMatching(/not converged within/),
    });
  });

  it.each(['--structures', '--relax'])('gives the same with a thread beside that reads, with %s', async (what) => {
    const args = (out: string) => [inFolder('data'), '--out', inFolder(out), '--chunk', '7', '--max-steps', '3', what];
    await screen(...args('alone'));
    const aside = spawnSync(process.execPath, [main, 'screen', ...args('aside'), '--calculator', 'emt']);
    expect(aside.status).toBe(2);
    const rows = async (out: string) => (await rowsOf(inFolder(out))).map(({ seconds: _, ...row }) => row);
    expect(await rows('aside')).toEqual(await rows('alone'));
    const structures = (out: string) => readFile(inFolder(`${out}/structures.extxyz`), 'utf8');
    expect(await structures('aside')).toEqual(await structures('alone'));
  });

  it.each([
    { how: 'as they are', relax: [] },
    { how: 'relaxed', relax: ['--relax', '--max-steps', '2'] },
  ])('leaves space groups out where nobody needs them, structures $how', async ({ relax }) => {
    const out = inFolder('out');
    const args = [inFolder('data/one.cif'), '--out', out, '--no-space-groups', ...relax];
    expect((await screen(...args)).stderr).not.toContain('error');
    const [row] = await rowsOf(out);
    const without = ['spaceGroupBefore', 'spaceGroup', 'prototype'];
    expect([row.energy, without.filter((column) => column in row)]).toEqual([expect.any(Number), []]);
    const [head, values] = (await readFile(join(out, 'results.csv'), 'utf8'))
      .split('\n')
      .map((line) => line.split(','));
    expect(without.map((column) => values[head.indexOf(column)])).toEqual(['', '', '']);
    const withThem = await screen(inFolder('data/one.cif'), '--out', out, ...relax);
    expect([withThem.exitCode, withThem.stderr]).toEqual([2, expect.stringMatching(/spaceGroups = false, now true/)]);
  });

  it('refuses a folder of another screening, naming the difference', async () => {
    const out = inFolder('out');
    await screen(inFolder('data/one.cif'), '--out', out);
    const settings = await screen(inFolder('data/one.cif'), '--out', out, '--relax');
    expect([settings.exitCode, settings.stderr]).toEqual([
      2,
      expect.stringMatching(/relax = false, now true .* choose another folder/),
    ]);
    const inputs = await screen(inFolder('data/alloys.extxyz'), '--out', out);
    expect([inputs.exitCode, inputs.stderr]).toEqual([2, expect.stringMatching(/inputs = .*one\.cif.*alloys/)]);
    const foreign = await screen(inFolder('data/one.cif'), '--out', inFolder('data'));
    expect([foreign.exitCode, foreign.stderr]).toEqual([2, expect.stringMatching(/empty folder/)]);
  });

  it('ends on a full disk with everything kept that was done before, and goes on from there', async () => {
    const out = inFolder('out');
    const args = [main, 'screen', inFolder('data/alloys.extxyz'), '--out', out, '--calculator', 'emt', '--chunk', '10'];
    // Files of at most 12 KiB: those of a chunk, but not the table of all.
    const limited = spawnSync('bash', ['-c', 'ulimit -f 12; exec "$0" "$@"', process.execPath, ...args], {
      encoding: 'utf8',
    });
    expect([limited.status, limited.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: .*results\.\w+: .*too large/m),
    ]);
    expect((await readdir(out)).sort()).toEqual(['pieces', 'plan.jsonl', 'run.json']);
    const pieces = await readdir(join(out, 'pieces'));
    expect(pieces.sort()).toEqual([0, 1, 2, 3].map((number) => `000000${number}.jsonl`));
    const times = () => Promise.all(pieces.map(async (name) => (await stat(join(out, 'pieces', name))).mtimeMs));
    const before = await times();
    expect((await screen(...args.slice(2, 5), '--chunk', '10')).exitCode).toBe(0);
    expect([await times(), (await rowsOf(out)).length]).toEqual([before, 40]);
  });

  it('leaves a chunk to others when its result cannot be written', async () => {
    const out = inFolder('out');
    const args = [main, 'screen', inFolder('data/alloys.extxyz'), '--out', out, '--calculator', 'emt', '--chunk', '10'];
    const limited = spawnSync('bash', ['-c', 'ulimit -f 2; exec "$0" "$@"', process.execPath, ...args], {
      encoding: 'utf8',
    });
    expect([limited.status, limited.stderr]).toEqual([2, expect.stringMatching(/^error: .*\d\.jsonl: .*too large/m)]);
    expect(await readdir(join(out, 'pieces'))).toEqual([]);
    expect((await screen(...args.slice(2, 5), '--chunk', '10')).exitCode).toBe(0);
    expect(await rowsOf(out)).toHaveLength(40);
  });

  it('refuses a list of inputs that has changed since it began', async () => {
    const out = inFolder('out');
    const list = inFolder('list.txt');
    await writeFile(list, 'data/one.cif\n');
    await screen(`@${list}`, '--out', out);
    await writeFile(list, 'data/one.cif\ndata/alloys.extxyz\n');
    const longer = await screen(`@${list}`, '--out', out);
    expect([longer.exitCode, longer.stderr]).toEqual([2, expect.stringMatching(/inputs = 1 file.*now 2 files/)]);
    await writeFile(list, 'data/one.cif\n');
    await appendFile(inFolder('data/one.cif'), '\n');
    const changed = await screen(`@${list}`, '--out', out);
    expect([changed.exitCode, changed.stderr]).toEqual([2, expect.stringMatching(/inputs = /)]);
  });

  it('says how far a screening is', async () => {
    const out = inFolder('out');
    await screen(inFolder('data/alloys.extxyz'), '--out', out, '--chunk', '10');
    await rm(join(out, 'pieces/0000002.jsonl'));
    const { stdout } = await runCommand(registerScreen, ['screen', '--status', out]);
    expect(stdout).toMatch(/3 of 4 chunks done \(75\.0 %\)/);
  });

  it('does every structure exactly once with workers that are killed and others that join', async () => {
    await rm(inFolder('data'), { recursive: true });
    await mkdir(inFolder('data'));
    await writeStructures(inFolder('data/many.extxyz'), alloys(400));
    const out = inFolder('out');
    const args = [main, 'screen', inFolder('data'), '--out', out, '--calculator', 'emt', '--chunk', '10', '--cell'];
    const start = () => spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = (worker: ChildProcess) => new Promise((resolve) => worker.once('exit', resolve));
    const victims = [start(), start()];
    const doomed = victims.map(ended);
    while ((await readdir(join(out, 'pieces')).catch(() => [])).length < 5) await sleep(10);
    for (const victim of victims) victim.kill('SIGKILL');
    await Promise.all(doomed);
    const done = (await readdir(join(out, 'pieces'))).filter((name) => /^\d+\.jsonl$/.test(name)).length;
    expect(done).toBeLessThan(40);
    await appendFile(join(out, 'pieces', 'stray.tmp'), 'left by a dead worker');
    const others = [start(), start(), start()];
    expect(await Promise.all(others.map(ended))).toEqual([0, 0, 0]);
    const ids = (await rowsOf(out)).map(({ id }) => String(id));
    expect(ids).toEqual(Array.from({ length: 400 }, (_, frame) => `${inFolder('data')}/many.extxyz@${frame + 1}`));
  });
});
