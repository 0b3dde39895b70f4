import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useCopperMd } from '../../helpers/copper-md.js';
import { runCommand } from '../../helpers/run-command.js';

const { inFolder, run: md, filesOf: results } = useCopperMd('test');

describe('lamm md', () => {
  it('runs, and says as JSON what came of it', async () => {
    const { stdout, exitCode } = await md(
      'run',
      '--steps',
      '200',
      '--timestep',
      '2 fs',
      '--temperature',
      '250 K',
      '--json',
    );
    expect(exitCode).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      steps: 200,
      ensemble: 'nve',
      conservative: true,
      atomCount: 4,
      trajectory: inFolder('run.extxyz'),
    });
    expect(summary.temperature).toBeGreaterThan(50);
    expect(Math.abs(summary.driftMevPerAtomPerPs)).toBeLessThan(1);
    expect(summary.stepsPerSecond).toBeGreaterThan(0);
    const frames = await readStructures(inFolder('run.extxyz'));
    expect(frames.map(({ info }) => info.step)).toEqual([0, 100, 200]);
    expect(frames[0].info.temperature_K).toBeCloseTo(250, 6);
    expect((await readFile(inFolder('run.csv'), 'utf8')).trimEnd().split('\n')).toHaveLength(1 + 21);
  });

  it('writes results as ASE has them where --result-keys asks, the same to the bit when resumed', async () => {
    const args = ['--trajectory-every', '2', '--checkpoint-every', '2', '--result-keys', 'ase'];
    await md('whole', '--steps', '8', ...args);
    await md('parts', '--steps', '4', ...args);
    expect((await md('parts', '--steps', '8', '--resume')).exitCode).toBe(0);
    const [whole, parts] = await Promise.all(
      ['whole', 'parts'].map((name) => readFile(inFolder(`${name}.extxyz`), 'utf8')),
    );
    expect(parts).toBe(whole);
    expect(whole).not.toMatch(/lamm_(energy|forces|stress)/);
    const [{ labels }] = await readStructures(inFolder('whole.extxyz'));
    expect([labels.energy, labels.forces?.length, labels.stress?.length]).toEqual([expect.any(Number), 12, 6]);
    const other = await md('parts', '--steps', '10', '--resume', '--result-keys', 'lamm');
    expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/result-?keys/i) });
  });

  it('ends with a summary of speed, temperature, drift and files', async () => {
    const { stdout } = await md(
      'run',
      '--steps',
      '20',
      '--ensemble',
      'langevin',
      '--friction',
      '5/ps',
      '--out',
      inFolder('last.cif'),
    );
    for (const part of [
      '20 steps',
      'langevin',
      'steps/s',
      'ns/day',
      'meV/atom/ps',
      'conservative',
      'run.extxyz',
      'last.cif',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(await readStructures(inFolder('last.cif'))).toHaveLength(1);
  });

  it('says when it is too short to tell a drift, and otherwise how sure the drift is', async () => {
    expect((await md('short', '--steps', '60')).stdout).toMatch(
      /drift +- meV\/atom\/ps: 0\.06 ps are too short to tell it from fluctuation; forces are conservative/,
    );
    expect((await md('long', '--steps', '200')).stdout).toMatch(/drift +-?\d\.\d+ \+- \d\.\d+ meV\/atom\/ps; forces/);
  });

  it('says what the format of --out will not hold, and refuses one that cannot hold the structure', async () => {
    const to = async (name: string) => md(name, '--steps', '1', '--out', inFolder(name));
    expect((await to('a.cif')).stderr).toMatch(
      /a\.cif will not hold energy, forces, velocities: cif has no place for them; \.extxyz keeps all, \.vasp the velocities/,
    );
    expect((await to('a.vasp')).stderr).toMatch(/a\.vasp will not hold energy, forces: poscar/);
    expect((await to('a.extxyz')).stderr).toBe('simulating Cu4, 4 atoms: 1 step of 1 fs, nve; emt\n');
    await writeStructures(inFolder('cu.extxyz'), [{ ...rattledCopper(1), pbc: [true, true, false] }]);
    const refused = await to('b.cif');
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not periodic in all directions') });
    expect(await readdir(inFolder('.'))).not.toContain('b.cif.csv');
  });

  it('stops where the model expects to be off by more than is wanted, with an exit code and a last line of their own', async () => {
    const page = inFolder('page.html');
    const { stdout, stderr, exitCode } = await runCommand(registerMd, [
      ...['md', inFolder('cu.extxyz'), '--model', 'lamm-s-joint', '--trajectory', inFolder('run.extxyz'), '--json'],
      ...['--steps', '40', '--uncertainty-every', '2', '--uncertainty-limit', '1', '--uncertainty-stop', '0.1 meV/A'],
      ...['--uncertainty-save', inFolder('new.extxyz'), '--report', page],
    ]);
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ interrupted: true, steps: 0, uncertain: inFolder('new.extxyz') },
      uncertainty: { looks: 1, beyond: 0, stopped: { limit: 1e-4, force: expect.any(Number) } },
    });
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^stopped at step 0: .* off by \S+ eV\/A, more than the 0\.0001 eV\/A of --uncertainty-stop; --resume with a higher one goes on, or learn from .*new\.extxyz with labels of your own first$/,
    );
    expect(await readFile(page, 'utf8')).toMatch(/stopped after 0 steps.*errors to expect: energy \+- \S+ meV\/atom/s);
  });

  it('resumes with the recorded options to the same files as an uninterrupted run', async () => {
    const common = [
      '--timestep',
      '3',
      '--ensemble',
      'langevin',
      '--temperature',
      '400',
      '--seed',
      '8',
      '--trajectory-every',
      '7',
      '--supercell',
      '2,1,1',
    ];
    await md('whole', '--steps', '60', ...common);
    await md('parts', '--steps', '25', ...common);
    const resumed = await md('parts', '--steps', '60', '--resume', '--json');
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ steps: 60, stepsHere: 35, atomCount: 8 });
    expect(await results('parts')).toEqual(await results('whole'));
    expect((await md('parts', '--steps', '60', '--resume')).stderr).toMatch(/at step 60 already; --steps is the total/);
    expect(await results('parts')).toEqual(await results('whole'));
  });

  it('refuses to resume with other options than the recorded ones, or with another structure', async () => {
    await md('run', '--steps', '10');
    const before = await results('run');
    expect(await md('run', '--steps', '20', '--resume', '--timestep', '2')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--timestep = 1, now 2'),
    });
    expect(await md('run', '--steps', '5', '--resume')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('already at step 10'),
    });
    expect(await md('run', '--steps', '20', '--resume', '--supercell', '2,1,1')).toMatchObject({ exitCode: 2 });
    await writeStructures(inFolder('cu.extxyz'), [rattledCopper(1, { rattle: 0.2 })]);
    expect(await md('run', '--steps', '20', '--resume')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('another structure'),
    });
    expect(await results('run')).toEqual(before);
  });

  it('refuses to resume from nothing with defaults, and starts at step 0 with options in full', async () => {
    expect(await md('run', '--steps', '10', '--ensemble', 'langevin', '--resume')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/no checkpoint to resume from.*\(missing: --timestep, --temperature\)/),
    });
    expect(await readdir(inFolder('.'))).toEqual(['cu.extxyz']);
    const full = '--steps 10 --ensemble langevin --timestep 1fs --temperature 300K'.split(' ');
    const outcome = await md('run', ...full, '--resume', '--json');
    expect(outcome).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('starting at step 0') });
    expect(JSON.parse(outcome.stdout).stepsHere).toBe(10);
  });

  it('does not overwrite an earlier run without --force', async () => {
    await md('run', '--steps', '10');
    const before = await results('run');
    expect(await md('run', '--steps', '20')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
    expect(await results('run')).toEqual(before);
    expect(await md('run', '--steps', '20', '--force')).toMatchObject({ exitCode: 0 });
  });

  it('ends with 4 when it explodes; good frames and the checkpoint stay', async () => {
    const outcome = await md(
      'run',
      '--steps',
      '5000',
      '--timestep',
      '60 fs',
      '--temperature',
      '2000',
      '--trajectory-every',
      '1',
    );
    expect(outcome).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(/shorter time step/) });
    const frames = await readStructures(inFolder('run.extxyz'));
    expect(frames.length).toBeGreaterThan(0);
    for (const { positions } of frames) expect(positions.every(Number.isFinite)).toBe(true);
    expect(await readdir(inFolder('.'))).toContain('run.checkpoint');
  });

  it('starts from the velocities of the file when it has any', async () => {
    const velocities = new Float64Array(12).map((_, i) => 0.01 * (i % 5));
    await writeStructures(inFolder('cu.extxyz'), [rattledCopper(1, { velocities })]);
    const kept = await md('kept', '--steps', '0');
    expect(kept.stderr).toContain('velocities of the file');
    const [frame] = await readStructures(inFolder('kept.extxyz'));
    frame.velocities?.forEach((value, i) => expect(value).toBeCloseTo(velocities[i], 8));
    await md('drawn', '--steps', '0', '--velocities', 'draw');
    expect((await readStructures(inFolder('drawn.extxyz')))[0].info.temperature_K).toBeCloseTo(300, 6);
  });

  it('asks which frame when the file has several', async () => {
    await writeStructures(inFolder('cu.extxyz'), [rattledCopper(1), rattledCopper(2)]);
    expect(await md('run', '--steps', '1')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--frame') });
    expect(JSON.parse((await md('run', '--steps', '1', '--frame', '2', '--json')).stdout).atomCount).toBe(32);
    expect(await md('run', '--steps', '1', '--frame', '3', '--force')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('1 to 2'),
    });
  });

  it.each([
    [[]],
    [['--steps', '-1']],
    [['--steps', '10', '--timestep', '2 K']],
    [['--steps', '10', '--timestep', '0']],
    [['--steps', '10', '--ensemble', 'npt']],
    [['--steps', '10', '--supercell', '2,2']],
    [['--steps', '10', '--trajectory', 'run.cif']],
  ])('ends with 2 for %o and writes nothing', async (args) => {
    const before = await readdir(inFolder('.'));
    expect(await md('run', ...args)).toMatchObject({ exitCode: 2 });
    expect(await readdir(inFolder('.'))).toEqual(before);
  });

  it('runs at constant pressure on a ramp, with pressure and volume in log, frames and summary', async () => {
    const options =
      '--ensemble npt-rescale --coupling triclinic --temperature 100K:200K --pressure 0:1GPa --compressibility 7e-7/bar';
    const { stdout, exitCode, stderr } = await md(
      'npt',
      '--steps',
      '30',
      '--barostat-time',
      '0.5ps',
      ...options.split(' '),
      '--json',
    );
    expect(stderr).toBe('simulating Cu4, 4 atoms: 30 steps of 1 fs, npt-rescale, 100 to 200 K, 0 to 1 GPa; emt\n');
    expect(exitCode).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      ensemble: 'npt-rescale',
      pressureGPa: expect.any(Number),
      volume: expect.any(Number),
    });
    const [header, ...rows] = (await readFile(inFolder('npt.csv'), 'utf8')).trimEnd().split('\n');
    const columns = header.split(',');
    expect(columns.slice(7)).toEqual([
      'volume_A3',
      'pressure_GPa',
      ...['xx', 'yy', 'zz', 'yz', 'xz', 'xy'].map((k) => `stress_${k}_GPa`),
    ]);
    const last = rows.at(-1)?.split(',').map(Number) ?? [];
    expect(last).toHaveLength(columns.length);
    expect(last[8]).toBeCloseTo(-(last[9] + last[10] + last[11]) / 3, 5);
    const recorded = (await readMdCheckpoint(inFolder('npt.checkpoint')))?.settings.options;
    expect(recorded).toMatchObject({ temperatureEndK: 200, pressureEndGPa: 1, rampSteps: 30 });
    expect(recorded?.barostatTimeFs).toBeCloseTo(500, 9);
    expect(recorded?.compressibilityPerGPa).toBeCloseTo(0.007, 12);
    const frames = await readStructures(inFolder('npt.extxyz'));
    expect(frames[0].info.volume_A3).toBeCloseTo(3.61 ** 3, 9);
    expect(frames[0].info).toHaveProperty('pressure_GPa');
  });

  it('says what it relaxed first, and warns of a time step too long for the lightest atom', async () => {
    const { stdout, stderr } = await md(
      'warm',
      '--steps',
      '2',
      '--timestep',
      '10',
      '--equilibrate',
      '--ensemble',
      'bussi',
    );
    expect(stdout).toMatch(/relaxed first, \d+ steps: -\d/);
    expect(stderr).toMatch(/63\.546 amu a time step of up to 4\.6 fs is advisable; it is 10 fs/);
  });

  it('says where the heat went when drawn velocities cool down at constant energy, and only then', async () => {
    const hint = /from 300 K at the start: .* half of the heat/;
    expect((await md('cooled', '--equilibrate', '--steps', '200', '--timestep', '2fs')).stdout).toMatch(hint);
    expect((await md('short', '--steps', '2')).stdout).not.toMatch(hint);
    const held = ['--ensemble', 'bussi', '--thermostat-time', '1ns']; // too slow to hold it
    expect((await md('bath', '--equilibrate', '--steps', '200', '--timestep', '2fs', ...held)).stdout).not.toMatch(
      hint,
    );
    expect((await md('still', '--steps', '20', '--constrain', 'atoms:1-4')).stdout).not.toMatch(hint);
  });

  it('holds atoms to planes, and remembers it when resumed', async () => {
    const constrain = ['--constrain', 'plane:2:0,0,1', '--constrain', 'atoms:1'];
    const options = ['--ensemble', 'nose-hoover', '--trajectory-every', '10', ...constrain];
    expect((await md('held', '--steps', '10', ...options)).exitCode).toBe(0);
    expect((await md('held', '--steps', '20', '--resume', ...constrain)).exitCode).toBe(0);
    expect(await md('held', '--steps', '30', '--resume', '--constrain', 'atoms:1')).toMatchObject({ exitCode: 2 });
    const frames = await readStructures(inFolder('held.extxyz'));
    const [first, last] = [frames[0].positions, frames[2].positions];
    expect(last[5]).toBeCloseTo(first[5], 10);
    expect(Math.abs(last[3] - first[3])).toBeGreaterThan(1e-4);
    expect(last.slice(0, 3)).toEqual(first.slice(0, 3));
  });

  it.each([
    [['--temperature', '1:2:3'], /--temperature: expected one value, or two as FROM:TO/],
    [['--pressure', '1GPa'], /npt-rescale, npt-mtk, npt-berendsen/],
    [['--ensemble', 'npt-mtk', '--constrain', 'atoms:1'], /some are fixed/],
    [['--friction', '1/ps'], /--friction has no effect with --ensemble nve; leave it out, or choose langevin/],
    [['--temperature', '300:600'], /a ramp of --temperature has no effect with --ensemble nve/],
    [['--ensemble', 'bussi', '--barostat-time', '1ps'], /--barostat-time has no effect with --ensemble bussi/],
    [['--timestep', '-1fs'], /error: --timestep: expected a time above 0 fs, found -1$/m],
    [
      ['--pressure', '0:1GPa'],
      /--pressure needs an --ensemble with a barostat \(npt-rescale, npt-mtk, npt-berendsen\)/,
    ],
    [['--temperature', '300:-5'], /a ramp of --temperature: expected a temperature of at least 0 K, found -5/],
    [['--equilibrate', '--velocities', 'keep'], /--equilibrate draws new velocities: leave out --velocities keep/],
    [['--velocities', 'keep'], /the structure has none; draw them/],
    [['--compressibility', '3 GPa'], /--compressibility: expected a compressibility such as/],
    [['--ensemble', 'nose-hoover', '--temperature', '0'], /above 0 K/],
  ])('refuses %j', async (options, message) => {
    const { exitCode, stderr } = await md('bad', '--steps', '1', ...options);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
