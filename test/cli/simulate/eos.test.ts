import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEos } from '../../../src/cli/simulate/command-eos.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { rattledCopper } from '../../helpers/copper.js';
import { runCommand } from '../../helpers/run-command.js';

let folder = '';
const inFolder = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  await writeStructures(inFolder('cu.extxyz'), [rattledCopper(1, { rattle: 0 })]);
});
afterEach(() => rm(folder, { recursive: true }));

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
    expect(stdout).toMatch(/bulk modulus +1\d\d\.\d\d GPa, its derivative \d/);
    expect(stdout.split('\n').filter((line) => line.endsWith('yes'))).toHaveLength(7);
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
