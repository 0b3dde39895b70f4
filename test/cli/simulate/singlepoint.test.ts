import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { registerSinglepoint } from '../../../src/cli/simulate/command-singlepoint.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const labelled = rattledCopper(1, { labels: { energy: -14.2, forces: new Float64Array(12).fill(0.25) } });
const plain = rattledCopper(2);

const inFolder = useFolder('test', async () => {
  await writeStructures(inFolder('in.extxyz'), [labelled, plain]);
});

const singlepoint = (...args: string[]) => runCommand(registerSinglepoint, ['singlepoint', ...args]);

describe('lamm singlepoint', () => {
  it('prints one JSON object with what the calculator gives for every frame of every file', async () => {
    const { stdout, exitCode } = await singlepoint(
      inFolder('in.extxyz'),
      inFolder('in.extxyz'),
      '--calculator',
      'emt',
      '--json',
    );
    expect(exitCode).toBe(0);
    const { results } = JSON.parse(stdout);
    expect(results.map(({ frame, formula }: Record<string, unknown>) => [frame, formula])).toEqual([
      [1, 'Cu4'],
      [2, 'Cu32'],
      [1, 'Cu4'],
      [2, 'Cu32'],
    ]);
    await using emt = createCalculator('emt');
    const [first] = await readStructures(inFolder('in.extxyz'));
    const { energy, energies, forces, stress } = await emt.calculate(first);
    expect(results[0]).toMatchObject({
      energy,
      energies: [...energies],
      forces: Array.from({ length: 4 }, (_, atom) => [...forces.subarray(3 * atom, 3 * atom + 3)]),
      stress: [...(stress ?? [])],
    });
    expect(await readdir(inFolder('.'))).toEqual(['in.extxyz']);
  });

  it('skips a file whose name is no UTF-8 among others, and says what is wrong with it', async () => {
    await mkdir(inFolder('names/inner'), { recursive: true });
    await writeStructures(inFolder('names/good.extxyz'), [plain]);
    const bytes = await readFile(inFolder('names/good.extxyz'));
    for (const name of ['bad\xff.extxyz', 'bad\xfe.cif', 'inner/bad\xfd.xyz'])
      await writeFile(Buffer.from(inFolder(`names/${name}`), 'latin1'), bytes);
    const { stdout, stderr, exitCode } = await singlepoint(inFolder('names'), '-c', 'emt', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).results.map(({ file }: { file: string }) => file)).toEqual([
      inFolder('names/good.extxyz'),
    ]);
    expect(stderr.match(/skipped: .*the name of this file is not valid UTF-8.*rename it/g)).toHaveLength(3);
  });

  it('calls what it makes of the present folder by its name', async () => {
    await mkdir(inFolder('here'));
    await writeStructures(inFolder('here/cu.extxyz'), [plain]);
    const { stdout } = await singlepoint(`${inFolder('here')}/.`, '-c', 'emt');
    expect(stdout).toContain('written to here-singlepoint.extxyz');
    await rm('here-singlepoint.extxyz');
  });

  it('refuses more threads than any machine has', async () => {
    for (const wish of [
      ['--threads', '9999'],
      ['-c', 'lamm-s:threads=9999'],
    ]) {
      expect(await singlepoint(inFolder('in.extxyz'), ...wish)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('--threads: expected at most 512, found 9999'),
      });
    }
  });

  it('tells a pressure of crystals alone: of a slab the stress depends on the vacuum', async () => {
    const { pbc: _, ...crystal } = rattledCopper(1);
    await writeStructures(inFolder('slab.extxyz'), [{ ...crystal, pbc: [true, true, false] }]);
    const slab = await singlepoint(inFolder('slab.extxyz'), '-c', 'emt', '--out', inFolder('slab-out.extxyz'));
    expect(slab.stdout).toMatch(/pressure \(GPa\)\n.* -\n/);
    const bulk = await singlepoint(inFolder('in.extxyz'), '-c', 'emt', '--out', inFolder('bulk-out.extxyz'));
    expect(bulk.stdout).toMatch(/pressure \(GPa\)\n.* -?\d+\.\d{3}\n/);
  });

  it('writes results beside the labels of the file, never over them', async () => {
    const { exitCode, stdout } = await singlepoint(inFolder('in.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz'));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 structures, 36 atoms');
    const [first, second] = await readStructures(inFolder('out.extxyz'));
    expect(first.labels.energy).toBe(-14.2);
    expect(first.labels.forces).toEqual(labelled.labels.forces);
    await using emt = createCalculator('emt');
    const { energy, forces, stress } = await emt.calculate(first);
    expect(first.info.lamm_energy).toBeCloseTo(energy, 8);
    expect(first.arrays.lamm_forces.values).toHaveLength(12);
    forces.forEach((force, i) => expect(first.arrays.lamm_forces.values[i]).toBeCloseTo(force, 8));
    const rows = first.info.lamm_stress as number[][]; // written as three rows
    expect(rows[0][1]).toBeCloseTo(stress?.[5] ?? Number.NaN, 8);
    expect(rows[2][1]).toBeCloseTo(stress?.[3] ?? Number.NaN, 8);
    expect(second.labels.energy).toBeUndefined();
  });

  it('says when the format of the output has no place for the results', async () => {
    await writeStructures(inFolder('one.cif'), [plain]);
    const args = [inFolder('one.cif'), '-c', 'emt', '--out'];
    expect((await singlepoint(...args, inFolder('a.cif'))).stderr).toMatch(
      /a\.cif holds the structures alone, for cif/,
    );
    expect((await singlepoint(...args, inFolder('a.extxyz'))).stderr).toBe('');
  });

  it('reads its options from a configuration file, the command line first', async () => {
    await writeFile(inFolder('run.yaml'), 'calculator: lj:epsilon=0.4,sigma=2.3\njson: true\n');
    const fromFile = await singlepoint(inFolder('in.extxyz'), '--config', inFolder('run.yaml'));
    expect(JSON.parse(fromFile.stdout).calculator).toBe('lj');
    const both = await singlepoint(inFolder('in.extxyz'), '--config', inFolder('run.yaml'), '-c', 'emt');
    expect(JSON.parse(both.stdout).calculator).toBe('emt');
  });

  it('does not overwrite without --force', async () => {
    await writeFile(inFolder('out.extxyz'), 'precious');
    const refused = await singlepoint(inFolder('in.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz'));
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
    expect(await readFile(inFolder('out.extxyz'), 'utf8')).toBe('precious');
    expect(
      await singlepoint(inFolder('in.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz'), '--force'),
    ).toMatchObject({ exitCode: 0 });
  });

  it('goes on when some structures fail: names each, writes the others, and ends as the failure does alone', async () => {
    await writeFile(inFolder('iron.extxyz'), '1\npbc="F F F"\nFe 0 0 0\n1\npbc="F F F"\nU 0 0 0\n');
    const files = [inFolder('iron.extxyz'), inFolder('in.extxyz')];
    const out = inFolder('out.extxyz');
    const { exitCode, stdout, stderr } = await singlepoint(...files, '-c', 'emt', '--out', out);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: .*iron\.extxyz: frame 1: .*not know Fe.*known are.*\nerror: .*iron\.extxyz: frame 2: .*not know U, found in U; [^(]*\n$/,
    );
    expect(stdout).toMatch(/iron\.extxyz +1 +- +FAILED/);
    expect(stdout).toContain('2 structures, 36 atoms with emt');
    expect(stdout).toContain(`2 failed; written to ${out}`);
    expect((await readStructures(out)).map(({ numbers }) => numbers.length)).toEqual([4, 32]);
    const { results } = JSON.parse((await singlepoint(...files, '-c', 'emt', '--json')).stdout);
    expect(results.map(({ error }: { error?: { code: string } }) => error?.code)).toEqual([
      'unsupported-element',
      'unsupported-element',
      undefined,
      undefined,
    ]);
    const none = await singlepoint(files[0], '-c', 'emt', '--out', inFolder('none.extxyz'));
    expect(none).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('nothing is written') });
    expect(await readdir(inFolder('.'))).not.toContain('none.extxyz');
  });

  it('writes results as ASE has them where --result-keys asks, and puts the labels of the file aside', async () => {
    const out = inFolder('out.extxyz');
    expect(await singlepoint(inFolder('in.extxyz'), '-c', 'emt', '--result-keys', 'ase', '--out', out)).toMatchObject({
      exitCode: 0,
    });
    await using emt = createCalculator('emt');
    const [first] = await readStructures(out);
    const { energy, forces, stress } = await emt.calculate(labelled);
    expect(first.labels.energy).toBeCloseTo(energy, 9);
    expect(first.labels.forces?.length).toBe(forces.length);
    expect(first.labels.stress?.length).toBe(stress?.length);
    expect(first.info).toMatchObject({ REF_energy: -14.2 });
    expect(first.arrays.REF_forces.values).toEqual(labelled.labels.forces);
  });

  it('names the head that each number is of, and says that energies of several have different zeros', async () => {
    const water = createStructure({ symbols: ['O', 'H', 'H'], positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0] });
    await writeStructures(inFolder('water.extxyz'), [water]);
    const files = [inFolder('in.extxyz'), inFolder('water.extxyz')];
    const out = inFolder('out.extxyz');
    const { stdout, stderr } = await singlepoint(...files, '--threads', '1', '--out', out);
    expect(stdout).toMatch(/^file +in\.extxyz +in\.extxyz +water\.extxyz\nframe +1 +2 +1\n/);
    expect(stdout).toMatch(/^head +crystals +crystals +gfn2$/m);
    expect(stdout).toContain('lamm-s, heads crystals, gfn2');
    expect(stderr).toContain('energies of different heads (crystals, gfn2) have different zeros');
    expect((await readStructures(out)).map(({ info }) => info.lamm_head)).toEqual(['crystals', 'crystals', 'gfn2']);
    const { results } = JSON.parse((await singlepoint(...files, '--threads', '1', '--json')).stdout);
    expect(results.map(({ head }: { head: string }) => head)).toEqual(['crystals', 'crystals', 'gfn2']);
    const alone = await singlepoint(files[1], '--threads', '1', '--out', inFolder('alone.extxyz'));
    expect(alone.stdout).toContain('lamm-s, head gfn2 in');
    expect(alone.stderr).not.toContain('zeros');
  });

  it.each([
    ['a missing file', ['nothing.extxyz', '-c', 'emt'], 'nothing.extxyz'],
    [
      'an element the calculator does not know',
      ['iron.extxyz', '-c', 'emt'],
      'iron.extxyz: frame 1: emt does not know Fe',
    ],
    [
      'one of several structures',
      ['in.extxyz', 'iron.extxyz', '-c', 'emt'],
      'iron.extxyz: frame 1: emt does not know Fe',
    ],
    ['an output without a known ending', ['in.extxyz', '-c', 'emt', '--out', 'out.what'], 'out.what'],
  ])('ends with 2 for %s and writes nothing', async (_, args, named) => {
    await writeFile(inFolder('iron.extxyz'), '1\npbc="F F F"\nFe 0 0 0\n');
    const before = await readdir(inFolder('.'));
    const outcome = await singlepoint(
      ...args.map((arg) => (arg.includes('.') ? inFolder(arg) : arg)),
      ...(args.includes('--out') ? [] : ['--json']),
    );
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain(named);
    expect(await readdir(inFolder('.'))).toEqual(before);
  });
});
