import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLennardJones } from '../../calculators/lennard-jones.js';
import { createSocketCalculator } from '../../calculators/socket.js';
import { writeStructures } from '../../src/io/write-structures.js';
import { createRandom } from '../../src/random.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { findPython } from '../bench/peer.js';
import { bundleForNode } from '../helpers/bundle.js';
import { largestDifference } from '../helpers/compare.js';
import { rattledCopper } from '../helpers/copper.js';
import { findLammps, start } from '../helpers/i-pi-processes.js';

let folder = '';
let program = '';
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  program = await bundleForNode('helpers/serve-process.ts');
  await writeStructures(inFolder('cu.extxyz'), [rattledCopper(2)]);
});
afterAll(() => Promise.all([folder, dirname(program)].map((path) => rm(path, { recursive: true }))));

const lamm = (...args: string[]) => start(process.execPath, [program, ...args]);
const newName = () => randomUUID().slice(0, 8);

describe('lamm serve', () => {
  it('answers real ASE: its own EMT to 1e-8 under strain, and a BFGS relaxation in as many steps', async ({ skip }) => {
    const python = findPython('ase.calculators.socketio');
    if (python === undefined) return skip('no Python with ASE was found');
    const name = newName();
    const driver = fileURLToPath(new URL('ase_driver.py', import.meta.url));
    const ase = start(python, [driver, inFolder('cu.extxyz'), name]);
    const served = lamm('serve', inFolder('cu.extxyz'), '-c', 'emt', '--ipi', `unix:${name}`, '--json');
    const { code, stdout, stderr } = await ase.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout);
    expect(result.difference.energy).toBeLessThan(1e-8);
    expect(result.difference.forces).toBeLessThan(1e-8);
    expect(result.difference.stress).toBeLessThan(1e-8);
    expect(result.lamm).toMatchObject({ converged: true, steps: result.ase.steps });
    expect(result.lamm.energy).toBeCloseTo(result.ase.energy, 8);
    const end = await served.ended;
    expect(end).toMatchObject({ code: 0 });
    expect(JSON.parse(end.stdout)).toMatchObject({ end: 'closed', calculator: 'emt' });
    expect(JSON.parse(end.stdout).evaluations).toBe(5 + result.lamm.steps);
  });

  it('is the engine of lamm relax in another process, with the result of the calculator itself', async () => {
    const address = `unix:${newName()}`;
    const relax = (calculator: string, out: string) =>
      lamm('relax', inFolder('cu.extxyz'), '--cell', '-c', calculator, '--out', inFolder(out), '--json');
    const relaxing = relax(`ipi:address=${address}`, 'far.extxyz');
    const served = lamm('serve', inFolder('cu.extxyz'), '-c', 'emt', '--ipi', address);
    const [far, near] = await Promise.all([relaxing.ended, relax('emt', 'near.extxyz').ended]);
    expect(far).toMatchObject({ code: 0, stderr: expect.stringContaining('waiting for a force engine') });
    expect((await served.ended).stdout).toMatch(/evaluations with emt, .* ms each; the other program said EXIT/);
    const [remote, local] = [far, near].map(({ stdout }) => JSON.parse(stdout).results[0]);
    expect(remote).toMatchObject({ steps: local.steps, converged: true, energy: expect.closeTo(local.energy, 9) });
    expect(existsSync(`/tmp/ipi_${address.slice(5)}`)).toBe(false);
  });

  it('ends with one error and exit code 2 when the other program dies', async () => {
    const address = inFolder('dying');
    const relaxing = lamm(
      'md',
      inFolder('cu.extxyz'),
      '--steps',
      '100000',
      '-c',
      `ipi:address=${address}`,
      '--trajectory',
      inFolder('md.extxyz'),
    );
    const served = lamm('serve', inFolder('cu.extxyz'), '-c', 'emt', '--ipi', address);
    await served.said('connected');
    await relaxing.said('the force engine is here');
    served.child.kill('SIGKILL');
    const { code, stderr } = await relaxing.ended;
    expect(code).toBe(2);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error')),
    ).toHaveLength(1);
    expect(stderr).toMatch(/the force engine.*closed|closed connection/);
  });

  it('hangs up and ends with 130 on Ctrl-C, connected or not', async () => {
    const waiting = lamm('serve', inFolder('cu.extxyz'), '-c', 'emt', '--ipi', inFolder('nobody'));
    await waiting.said('connecting');
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: expect.stringContaining('interrupted') });
    const calculator = createSocketCalculator({ address: inFolder('somebody') });
    const answer = calculator.calculate(rattledCopper(2));
    const served = lamm('serve', inFolder('cu.extxyz'), '-c', 'emt', '--ipi', inFolder('somebody'));
    await answer;
    served.child.kill('SIGTERM');
    expect(await served.ended).toMatchObject({ code: 130 });
    await calculator[Symbol.asyncDispose]();
  });
});

describe('a calculator ipi that waits', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('removes its socket file on %s', async (signal) => {
    const path = inFolder(signal);
    const waiting = lamm('singlepoint', inFolder('cu.extxyz'), '-c', `ipi:address=${path}`, '--json');
    await waiting.said('waiting for a force engine');
    expect(existsSync(path)).toBe(true);
    waiting.child.kill(signal);
    expect(await waiting.ended).toMatchObject({ code: 130 });
    expect(existsSync(path)).toBe(false);
  });

  it('says that it needs an address', async () => {
    expect(await lamm('singlepoint', inFolder('cu.extxyz'), '-c', 'ipi').ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/address such as unix:NAME/),
    });
  });
});

/** Argon on a distorted lattice in a skewed cell, in the orientation that LAMMPS wants or turned away from it. */
function argon(turned: boolean): Structure {
  const random = createRandom(3);
  const sites = Array.from({ length: 64 }, (_, i) =>
    [i % 4, Math.floor(i / 4) % 4, Math.floor(i / 16)].map((site) => 5 * site + 0.2 * random.normal()),
  );
  const upright = { positions: sites.map(([x, y, z]) => [x + 0.1 * y, y, z]), cell: [20, 0, 0, 2, 20, 0, 0, 0, 20] };
  const turn = ([x, y, z]: readonly number[]) => [y, z, x];
  const rows = [0, 3, 6].map((row) => upright.cell.slice(row, row + 3));
  return createStructure({
    symbols: sites.map(() => 'Ar'),
    positions: turned ? upright.positions.map(turn) : upright.positions,
    cell: turned ? rows.map(turn) : rows,
  });
}

/** A data file and an input that make LAMMPS the engine behind `name`. */
async function lammpsInput(name: string, { positions }: Structure): Promise<string> {
  const atoms = Array.from({ length: positions.length / 3 }, (_, atom) =>
    [atom + 1, 1, ...positions.slice(3 * atom, 3 * atom + 3)].join(' '),
  );
  const header = [
    'argon',
    '',
    `${atoms.length} atoms`,
    '1 atom types',
    '0 20 xlo xhi',
    '0 20 ylo yhi',
    '0 20 zlo zhi',
    '2 0 0 xy xz yz',
  ];
  await writeFile(
    inFolder('argon.data'),
    [...header, '', 'Masses', '', '1 39.95', '', 'Atoms', '', ...atoms, ''].join('\n'),
  );
  const lines = [
    'units metal',
    'atom_style atomic',
    'atom_modify map array sort 0 0',
    `read_data ${inFolder('argon.data')}`,
    'pair_style lj/cut 8.5',
    'pair_coeff * * 0.0104 3.4',
    'pair_modify shift yes',
    'neigh_modify delay 0 every 1 check yes',
    `fix engine all ipi ${name} 0 unix`,
    'run 1000000',
  ];
  await writeFile(inFolder('argon.in'), lines.join('\n'));
  return inFolder('argon.in');
}

describe('real LAMMPS with fix ipi', () => {
  // Its constants are older than ours: a bohr of 0.52917721 A and a hartree of kB/3.1668152e-6 differ by about 1e-7.
  it.for([
    ['as it stands', false],
    ['turned', true],
  ] as const)(
    'is an engine of ours: Lennard-Jones argon in a skewed cell %s agrees to its constants',
    async ([, turned], { skip }) => {
      const lammps = findLammps();
      if (lammps === undefined) return skip('no LAMMPS with fix ipi was found');
      const name = newName();
      const input = await lammpsInput(name, argon(false));
      const system = argon(turned);
      let engine: ReturnType<typeof start> | undefined;
      const onListening = () => {
        engine = start(lammps, ['-in', input, '-log', 'none']);
      };
      const calculator = createSocketCalculator({ address: `unix:${name}`, connectTimeoutS: 20, onListening });
      const own = createLennardJones({ epsilon: 0.0104, sigma: 3.4, cutoff: 8.5 });
      for (const displacement of [0, 0.05, -0.1]) {
        const moved = { ...system, positions: system.positions.map((value, i) => value + displacement * Math.sin(i)) };
        const [far, near] = [await calculator.calculate(moved), await own.calculate(moved)];
        expect(Math.abs(far.energy / near.energy - 1)).toBeLessThan(1e-6);
        expect(largestDifference(far.forces, near.forces)).toBeLessThan(1e-6);
        const scale = Math.max(...(near.stress ?? []).map(Math.abs));
        expect(largestDifference(far.stress ?? [], near.stress ?? [])).toBeLessThan(3e-6 * scale);
      }
      await calculator[Symbol.asyncDispose]();
      expect(await engine?.ended).toMatchObject({ stderr: expect.not.stringContaining('rror:') });
    },
  );
});
