import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { relaxAll } from '../../../md/relax/relax-all.js';
import { openRelaxJournal } from '../../../md/relax/relax-checkpoint.js';
import { registerRelax } from '../../../src/cli/simulate/command-relax.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { createStructure } from '../../../src/structure/structure.js';
import { GPa } from '../../../src/units.js';
import { noAse, runAse } from '../../helpers/ase.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const start = rattledCopper(1, { labels: { energy: -14.2 }, fixed: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] });

const inFolder = useFolder('test', async () => {
  await writeStructures(inFolder('in.extxyz'), [start]);
  await writeStructures(inFolder('two.extxyz'), [start, rattledCopper(1, { rattle: 0.001 })]);
});

const relax = (...args: string[]) => runCommand(registerRelax, ['relax', ...args]);

describe('lamm relax', () => {
  it('relaxes, says so as JSON and writes the structure with its results', async () => {
    const out = inFolder('out.extxyz');
    const { stdout, exitCode } = await relax(
      inFolder('in.extxyz'),
      '-c',
      'emt',
      '--fmax',
      '0.001 eV/A',
      '--out',
      out,
      '--json',
    );
    expect(exitCode).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ converged: true, out });
    expect(summary.fmax).toBeLessThan(0.001);
    const [relaxed] = await readStructures(out);
    expect(relaxed.info.lamm_energy).toBeCloseTo(summary.energy, 8);
    expect([...relaxed.positions.subarray(0, 3)]).toEqual([
      ...(await readStructures(inFolder('in.extxyz')))[0].positions.subarray(0, 3),
    ]);
    expect(relaxed.labels.energy).toBeUndefined(); // it belonged to the old positions
    // perfect copper again: every bond the same
    expect(summary.energy).toBeCloseTo(-0.0225, 2);
  });

  it('writes no energy of the positions before beside the relaxed ones, under any name, and says so', async () => {
    const labelled = rattledCopper(1, {
      info: { free_energy: -14.3, REF_energy: -14.2, config_type: 'bulk' },
      arrays: { dft_forces: { width: 3, values: new Float64Array(12) } },
    });
    await writeStructures(inFolder('labelled.extxyz'), [labelled]);
    const out = inFolder('out.extxyz');
    const { stderr } = await relax(inFolder('labelled.extxyz'), '-c', 'emt', '--max-steps', '1', '--out', out);
    const [{ info, arrays }] = await readStructures(out);
    expect(Object.keys(info)).toEqual(['config_type', 'lamm_energy', 'lamm_stress']);
    expect(Object.keys(arrays)).toEqual(['lamm_forces']);
    expect(stderr).toMatch(/^REF_energy, dft_forces: of the positions in the file, not written/);
  });

  it('writes what holds the atoms, the options included, as far as a format can say it', async () => {
    const held = ['--constrain', 'atoms:2;plane:3:0,0,1;line:4:1,1,0', '--max-steps', '2'];
    const to = async (name: string) => {
      const out = inFolder(name);
      const { stderr } = await relax(inFolder('in.extxyz'), '-c', 'emt', ...held, '--out', out);
      return { stderr, structure: (await readStructures(out))[0] };
    };
    const { structure: whole, stderr } = await to('held.extxyz');
    expect([...(whole.fixed ?? [])]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const line = { kind: 'line', atoms: [3], direction: [1, 1, 0] };
    expect(whole.constraints).toEqual([{ kind: 'plane', atoms: [2], normal: [0, 0, 1] }, line]);
    expect(stderr).not.toContain('will not hold');
    const poscar = await to('held.vasp');
    expect([...(poscar.structure.fixed ?? [])]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0]); // no lattice vector lies along 1,1,0
    expect(poscar.stderr).toMatch(/held\.vasp will not hold move_mask, constraints: poscar has no place for them/);
    expect((await to('held.cif')).stderr).toMatch(/held\.cif will not hold move_mask, constraints: cif/);
  });

  it('writes atoms that options fix so that ASE holds them', async ({ skip }) => {
    if (noAse) skip(noAse);
    const held = ['--constrain', 'atoms:2-3', '--max-steps', '2', '--trajectory', inFolder('steps.extxyz')];
    await relax(inFolder('two.extxyz@2'), '-c', 'emt', ...held, '--out', inFolder('held.extxyz'));
    await relax(inFolder('two.extxyz@2'), '-c', 'emt', ...held, '--out', inFolder('held.vasp'), '--force');
    const script = `print(json.dumps([a.constraints[0].index.tolist() for a in
  [read(sys.argv[1]), read(sys.argv[2], index=0), read(sys.argv[3], format='vasp')]]))`;
    const files = [inFolder('held.extxyz'), inFolder('steps.extxyz'), inFolder('held.vasp')];
    expect(runAse(script, ...files)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('ends with 3 when it does not converge, and still writes what it has', async () => {
    const { stdout, exitCode } = await relax(
      inFolder('in.extxyz'),
      '-c',
      'emt',
      '--max-steps',
      '2',
      '--out',
      inFolder('out.extxyz'),
      '--json',
    );
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ converged: false, steps: 2 });
    expect(await readStructures(inFolder('out.extxyz'))).toHaveLength(1);
  });

  it('relaxes several frames, each on its own', async () => {
    const { stdout, exitCode } = await relax(
      inFolder('two.extxyz'),
      '-c',
      'emt',
      '--out',
      inFolder('out.extxyz'),
      '--json',
    );
    expect(exitCode).toBe(0);
    const { results, converged } = JSON.parse(stdout);
    expect(converged).toBe(true);
    expect(results.map(({ frame }: { frame: number }) => frame)).toEqual([1, 2]);
    expect(results[0].steps).toBeGreaterThan(results[1].steps);
    expect(await readStructures(inFolder('out.extxyz'))).toHaveLength(2);
  });

  it.each(['fire', 'lbfgs', 'bfgs'])('writes every step of %s to a trajectory', async (optimizer) => {
    const trajectory = inFolder('steps.extxyz');
    const outcome = await relax(
      inFolder('in.extxyz'),
      '-c',
      'emt',
      '--optimizer',
      optimizer,
      '--trajectory',
      trajectory,
      '--out',
      inFolder('o.cif'),
      '--json',
    );
    const frames = await readStructures(trajectory);
    expect(frames).toHaveLength(JSON.parse(outcome.stdout).steps + 1);
    expect(frames.at(-1)?.info.lamm_energy).toBeCloseTo(JSON.parse(outcome.stdout).energy, 8);
  });

  it('relaxes the cell to the pressure', async () => {
    const out = inFolder('out.extxyz');
    const { exitCode } = await relax(
      inFolder('two.extxyz'),
      '-c',
      'emt',
      '--cell',
      '--pressure',
      '5 GPa',
      '--fmax',
      '0.002',
      '--out',
      out,
    );
    expect(exitCode).toBe(0);
    for (const { info } of await readStructures(out)) {
      const stress = info.lamm_stress as number[][]; // written as three rows
      expect((stress[0][0] + stress[1][1] + stress[2][2]) / 3).toBeCloseTo(-5 * 0.006241509, 3);
    }
  });

  it('names a molecule among crystals, and relaxes the cells of the others', async () => {
    const molecule = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2.3, 0, 0] });
    await writeStructures(inFolder('mixed.extxyz'), [molecule, start]);
    const args = [inFolder('mixed.extxyz'), '-c', 'emt', '--cell', '--out', inFolder('mixed-out.extxyz'), '--json'];
    const { exitCode, stdout, stderr } = await relax(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/error: \S*mixed\.extxyz: frame 1: relaxing the cell needs a structure that is periodic/);
    expect(JSON.parse(stdout).results).toMatchObject([{ error: { code: 'structure' } }, { converged: true }]);
    expect(await readStructures(inFolder('mixed-out.extxyz'))).toHaveLength(1);
  });

  it('relaxes a cell until its stress is small as well', async () => {
    const compressed = createStructure({ symbols: ['Cu'], positions: [0, 0, 0], cell: fccCell(3.594) });
    await writeStructures(inFolder('compressed.extxyz'), [compressed]);
    const stressLeft = async (...more: string[]) => {
      const args = [inFolder('compressed.extxyz'), '-c', 'emt', '--out', inFolder('c.extxyz'), '--force', '--json'];
      return Math.abs(JSON.parse((await relax(...args, ...more)).stdout).stressLeftGPa);
    };
    expect(await stressLeft('--cell', '--smax', '10GPa')).toBeGreaterThan(0.3);
    expect(await stressLeft('--cell')).toBeLessThan(0.05);
    expect(await stressLeft('--cell', '--smax', '1bar')).toBeLessThan(1e-4);
    expect(await relax(inFolder('compressed.extxyz'), '-c', 'emt', '--smax', '1bar')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--smax has no effect where the cell stays'),
    });
  });

  it('prints a table and where things are', async () => {
    const { stdout } = await relax(inFolder('in.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz'));
    expect(stdout).toMatch(/converged.*steps/);
    expect(stdout).toContain(inFolder('out.extxyz'));
  });

  it.each([
    [['--fmax', '0']],
    [['--fmax', '3 GPa']],
    [['--pressure', '1 GPa']],
    [['--optimizer', 'newton']],
    [['--max-steps', 'many']],
  ])('ends with 2 for %o and writes nothing', async (args) => {
    const before = await readdir(inFolder('.'));
    expect(await relax(inFolder('in.extxyz'), '-c', 'emt', ...args, '--out', inFolder('out.extxyz'))).toMatchObject({
      exitCode: 2,
    });
    expect(await readdir(inFolder('.'))).toEqual(before);
  });

  it('writes the others when one structure of several cannot be relaxed, and ends with 2 as that one does alone', async () => {
    const strange = { ...start, numbers: start.numbers.map(() => 92) };
    await writeStructures(inFolder('mixed.extxyz'), [start, strange]);
    await writeStructures(inFolder('strange.extxyz'), [strange, strange]);
    const out = inFolder('out.extxyz');
    const { exitCode, stdout, stderr } = await relax(inFolder('mixed.extxyz'), '-c', 'emt', '--out', out);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/mixed\.extxyz +2 +FAILED/);
    expect(stderr).toMatch(/^error: .*mixed\.extxyz: frame 2: emt does not know U, found in U4/);
    expect(await readStructures(out)).toHaveLength(1);
    const alone = await relax(`${inFolder('mixed.extxyz')}@2`, '-c', 'emt', '--out', inFolder('alone.extxyz'));
    expect(alone).toMatchObject({ exitCode: 2, stderr });
    const none = await relax(inFolder('strange.extxyz'), '-c', 'emt', '--out', inFolder('none.extxyz'));
    expect(none).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('nothing is written') });
    expect(await readdir(inFolder('.'))).not.toContain('none.extxyz');
  });

  it('names the symmetry that is kept, and one that may have been meant', async () => {
    const cell = rattledCopper(1, { rattle: 0 });
    const off = { ...cell, positions: cell.positions.map((value, i) => value + (i === 0 ? 0.0027 : 0)) };
    await writeStructures(inFolder('off.extxyz'), [off]);
    const keep = ['-c', 'emt', '--symmetry', '--max-steps', '2', '--json', '--force', '--out', inFolder('kept.extxyz')];
    const strict = await relax(inFolder('off.extxyz'), ...keep);
    expect(strict.stderr).toMatch(
      /symmetry that is kept is .* it would be F m -3 m \(225\): --symmetry-tolerance 0\.0/,
    );
    expect(JSON.parse(strict.stdout).symmetry).toMatchObject({ tolerance: 0.001, nearby: { number: 225 } });
    const loose = await relax(inFolder('off.extxyz'), ...keep, '--symmetry-tolerance', '0.01');
    expect(loose.stderr).toMatch(/symmetry that is kept is F m -3 m \(225\), within 0\.01 A\n/);
    expect(JSON.parse(loose.stdout).symmetry).toMatchObject({ number: 225 });
  });

  it('says what became of the cell, and what stress is left', async () => {
    const crystal = rattledCopper(1, { rattle: 0, cell: [3.61, 0, 0, 0, 3.61, 0, 0, 0.2, 3.7] });
    await writeStructures(inFolder('sheared.extxyz'), [crystal]);
    const args = [inFolder('sheared.extxyz'), '-c', 'emt', '--cell', '--pressure', '2GPa', '--fmax', '0.001'];
    const out = inFolder('out.extxyz');
    const { stdout } = await relax(...args, '--out', out, '--json');
    const [{ info, cell }] = await readStructures(out);
    const stress = (info.lamm_stress as number[][]).map((row) => row.map((value) => value / GPa)); // written as three rows
    const left = stress.flatMap((row, i) => row.map((value, k) => value + (i === k ? 2 : 0)));
    const [{ stressLeftGPa, ...result }] = JSON.parse(stdout).results;
    expect(result.pressureGPa).toBeCloseTo(-(stress[0][0] + stress[1][1] + stress[2][2]) / 3, 8);
    expect(result.pressureGPa).toBeCloseTo(2, 1);
    expect(Math.abs(stressLeftGPa)).toBeCloseTo(Math.max(...left.map(Math.abs)), 8);
    expect(result.volume).toBeCloseTo(cellVolume(cell), 6);
    expect(result.volumeChangePercent).toBeCloseTo(100 * (cellVolume(cell) / (3.61 ** 2 * 3.7) - 1), 6);
    expect(result.cell.before.angles[0]).toBeCloseTo((Math.atan2(3.7, 0.2) * 180) / Math.PI, 9);
    expect(result.cell.after.lengths[2]).toBeCloseTo(Math.hypot(cell[6], cell[7], cell[8]), 6);
    const table = (await relax(...args, '--out', inFolder('again.extxyz'))).stdout;
    expect(table).toMatch(/^file +sheared\.extxyz\nconverged +yes\nsteps +\d+\n/); // one list, not several tables
    expect(table).toMatch(/^pressure \(GPa\) +(1\.9|2\.0)\d\d\nstress left \(GPa\) +-?0\.\d{3}$/m);
    expect(table).toMatch(/^volume change +-\d\.\d\d %\nvolume \(A\^3\) +48\.2\d -> 4\d\.\d\d$/m);
    expect(table).toMatch(/^a \(A\) +3\.610 -> 3\.5\d\d\n(.*\n)*alpha +86\.91 -> \d+\.\d\d\nbeta +90\.00\n/m);
  });

  it('tells many results and their cells in tables of their own', async () => {
    const uranium = rattledCopper(1, { symbols: ['U', 'U', 'U', 'U'] });
    await writeStructures(inFolder('many.extxyz'), [start, start, uranium, start, start]);
    const { stdout } = await relax(inFolder('many.extxyz'), '-c', 'emt', '--cell', '--out', inFolder('out.extxyz'));
    const [results, , cells, ...more] = stdout.split(/^(?=file)/m);
    expect(more).toEqual([]); // results, those that do not fit beside them, and cells
    expect(results).toMatch(/^file +frame +converged .*\nmany\.extxyz +1 +yes .*(\n.*){2}many\.extxyz +3 +FAILED +- /);
    const seven = String.raw`( +\d+\.\d\d\d?){7}\n`;
    const rows = [1, 2, 4, 5].map((frame) => String.raw`many\.extxyz +${frame} +before${seven} {10,}after${seven}`);
    expect(cells).toMatch(new RegExp(String.raw`^file +frame +cell +volume .*\n.*\n${rows.join('')}\d+ steps`));
  });

  it('refuses, before it relaxes anything, a format that cannot hold the structures', async () => {
    const cluster = { ...start, pbc: [false, false, false] as const };
    await writeStructures(inFolder('both.extxyz'), [start, cluster]);
    const refused = await relax(inFolder('both.extxyz'), '-c', 'emt', '--out', inFolder('out.cif'));
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--out: CIF holds crystals') });
    expect(await readdir(inFolder('.'))).not.toContain('out.cif');
  });

  it.each([
    [['--hydrostatic'], (cell: Float64Array) => expect(cell[0]).toBeCloseTo(cell[4], 10)],
    [['--constant-volume'], (cell: Float64Array) => expect(cell[0] * cell[4] * cell[8]).toBeCloseTo(3.61 ** 3, 4)],
    [['--strain-mask', '0,0,1,0,0,0'], (cell: Float64Array) => expect([cell[0], cell[4]]).toEqual([3.61, 3.61])],
    [['--cell-filter', 'strain', '--optimizer', 'cg'], (cell: Float64Array) => expect(cell[0]).not.toBe(3.61)],
  ])('relaxes of the cell what %j says', async (options, check) => {
    const out = inFolder('out.extxyz');
    expect((await relax(inFolder('in.extxyz'), '-c', 'emt', ...options, '--out', out)).exitCode).toBe(0);
    check((await readStructures(out))[0].cell);
  });

  it('keeps atoms to what --constrain says, and the symmetry when asked', async () => {
    const out = inFolder('out.extxyz');
    await relax(inFolder('in.extxyz'), '-c', 'emt', '--constrain', 'line:2:0,0,1', '--out', out);
    const [relaxed] = await readStructures(out);
    expect(relaxed.positions[3]).toBeCloseTo(start.positions[3], 7);
    expect(Math.abs(relaxed.positions[5] - start.positions[5])).toBeGreaterThan(1e-3);
    await writeStructures(inFolder('perfect.extxyz'), [rattledCopper(1, { rattle: 0 })]);
    const kept = await relax(
      inFolder('perfect.extxyz'),
      '-c',
      'emt',
      '--cell',
      '--symmetry',
      '--out',
      inFolder('kept.extxyz'),
    );
    expect(kept.exitCode).toBe(0);
    const [{ cell }] = await readStructures(inFolder('kept.extxyz'));
    expect(cell[0]).not.toBe(3.61);
    [cell[4] - cell[0], cell[8] - cell[0], cell[1]].forEach((value) => expect(value).toBeCloseTo(0, 12));
  });

  it('refuses to resume from nothing with defaults, and starts at step 0 with options in full', async () => {
    const args = [inFolder('two.extxyz'), '--out', inFolder('out.extxyz')];
    expect(await relax(...args, '--resume')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/no checkpoint to resume from.*\(missing: --calculator, --fmax\)/),
    });
    expect(await relax(...args, '-c', 'emt', '--fmax', '0.05', '--resume')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('starting at step 0'),
    });
  });

  it('refuses to resume with other options', async () => {
    const args = [inFolder('two.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz')];
    const inputs = await readStructures(inFolder('two.extxyz'));
    {
      await using journal = await openRelaxJournal({ checkpoint: inFolder('out.checkpoint'), files: {} });
      const options = { relax: { fmax: 1e-6 }, origin: { calculator: 'emt' }, journal, shouldStop: () => true };
      for await (const _ of relaxAll(inputs, createCalculator('emt'), options)) void _;
    }
    expect(await relax(...args, '--resume', '--fmax', '0.1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('fmax = 0.000001, now 0.1'),
    });
    const resumed = await relax(inFolder('two.extxyz'), '--out', inFolder('out.extxyz'), '--resume', '--json');
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ converged: true, results: [{}, {}] });
    expect(JSON.parse(resumed.stdout).results[1].fmax).toBeLessThan(1e-6);
    expect(await readdir(inFolder('.'))).not.toContain('out.checkpoint');
  });
});

function fccCell(a: number): number[] {
  return [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0];
}
