import { describe, expect, it } from 'vitest';
import { registerEos } from '../../../src/cli/simulate/command-eos.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const inFolder = useFolder('test', async () => {
  await writeStructures(inFolder('cu.extxyz'), [rattledCopper(1, { rattle: 0 })]);
});

const eos = (...args: string[]) => runCommand(registerEos, ['eos', inFolder('cu.extxyz'), '-c', 'emt', ...args]);

describe('lamm eos', () => {
  it('says volume and bulk modulus as JSON and writes the structures', async () => {
    const { stdout, exitCode } = await eos('--points', '5', '--range', '4%', '--out', inFolder('out.extxyz'), '--json');
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.points).toHaveLength(5);
    expect(result.volume).toBeCloseTo(3.59 ** 3, 0);
    expect(result.bulkModulusGPa).toBeGreaterThan(100); // EMT copper has about 134 GPa
    expect(result.bulkModulusGPa).toBeLessThan(160);
    const structures = await readStructures(inFolder('out.extxyz'));
    expect(structures[0].cell[0] ** 3).toBeCloseTo(0.96 * 3.61 ** 3, 4);
  });

  it('prints a table and the fit', async () => {
    const { stdout } = await eos();
    expect(stdout).toMatch(/volume +46\.2\d+ \+- 0\.0\d+ A\^3/);
    expect(stdout).toMatch(/bulk modulus +134\.\d+ \+- 0\.0\d+ GPa, its derivative 4\.\d+ \+- 0\.0\d+/);
    expect(stdout.split('\n').filter((line) => line.endsWith('yes'))).toHaveLength(7);
  });

  it('names the file that it can do nothing with', async () => {
    const { cell: _, ...cluster } = rattledCopper(1);
    await writeStructures(inFolder('cluster.extxyz'), [{ ...rattledCopper(1), pbc: [false, false, false] }]);
    await writeStructures(inFolder('iron.extxyz'), [{ ...rattledCopper(1), numbers: cluster.numbers.map(() => 26) }]);
    const stretched = rattledCopper(1).cell.map((x) => 1.3 * x);
    await writeStructures(inFolder('far.extxyz'), [{ ...rattledCopper(1), cell: stretched }]);
    for (const [name, message] of [
      ['cluster', /periodic in all directions/],
      ['iron', /not know Fe/],
      ['far', /relax the cell first/],
    ] as const) {
      const { stderr, exitCode } = await runCommand(registerEos, ['eos', inFolder(`${name}.extxyz`), '-c', 'emt']);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).toContain(`error: ${inFolder(`${name}.extxyz`)}: `);
    }
  });

  it('warns of a minimum near the end of the volumes', async () => {
    const { stdout, stderr } = await eos('--range', '2%', '--json');
    expect(stderr).toMatch(
      /^notice: the minimum at 46\.\d\d A\^3 is near or beyond the end of the volumes, 46\.10 to 47\.99/,
    );
    expect(JSON.parse(stdout)).toMatchObject({ notices: [{ kind: 'edge' }], errors: { volume: expect.any(Number) } });
    expect((await eos()).stderr).toBe('');
  });

  it('refuses, before it calculates, a format that cannot hold all volumes', async () => {
    const outcome = await eos('--out', inFolder('all.vasp'));
    expect(outcome).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('one structure, found 7') });
  });

  it.each([
    ['--range', 'wide'],
    ['--range', '70%'],
    ['--points', '3'],
    ['--fmax', '0'],
  ])('ends with 2 for %s %s', async (...options) => {
    expect((await eos(...options)).exitCode).toBe(2);
  });
});
