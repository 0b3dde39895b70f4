import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { formatExtxyz, parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { bohr, fs, hartree } from '../../../src/units.js';

const root = mkdtempSync(join(tmpdir(), 'lamm-cp2k-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'));
});

const energyOf = (step: number) => -17.25 - step;
/** A frame as CP2K writes it; every value is `value` plus the step. */
const frame = (step: number, value: number, { element = 'H', energy = energyOf(step) } = {}) => {
  const comment = ` i = ${String(step).padStart(8)}, time = ${(step / 2).toFixed(3).padStart(12)}, E = ${energy.toFixed(10).padStart(20)}`;
  const row = (symbol: string) => `  ${symbol}  ${`     ${(value + step).toFixed(10)}`.repeat(3)}`;
  return `       2\n${comment}\n${row('O')}\n${row(element)}\n`;
};
const put = (name: string, frames: readonly string[]): string => {
  writeFileSync(join(folder, name), frames.join(''));
  return join(folder, name);
};

describe('XYZ files of CP2K', () => {
  it('have their energy in hartree in the comment, which becomes the label in eV', () => {
    const [first, second] = parseExtxyz(frame(0, 1) + frame(4, 1));
    expect(first.labels).toEqual({ energy: -17.25 * hartree });
    expect(second.labels).toEqual({ energy: -21.25 * hartree });
    expect(second.info).toEqual({ cp2k_step: 4, time_fs: 2 });
    const [relaxed] = parseExtxyz('1\n i =        3, E =        -0.5000000000\nH 0 0 0\n');
    expect(relaxed).toMatchObject({ labels: { energy: -0.5 * hartree }, info: { cp2k_step: 3 } });
  });

  it.each(['i = 3, E = low', 'i = 3', 'i = 3, time = 1, E = ****', 'step i = 3, E = -0.5', 'i = 3, E = -0.5, d = 2'])(
    'are not seen in the comment %j',
    (comment) => {
      expect(parseExtxyz(`1\n${comment}\nH 0 0 0\n`)[0].labels).toEqual({});
    },
  );

  it('take forces and velocities from the files beside the positions, where these have the same step', async () => {
    const path = put('water-pos-1.xyz', [frame(0, 1), frame(2, 1), frame(4, 1), frame(6, 1)]);
    put('water-frc-1.xyz', [frame(0, 0.5), frame(1, 0.5), frame(2, 0.5), frame(4, 0.5), frame(5, 0.5)]);
    put('water-vel-1.xyz', [frame(4, -3)]);
    const steps = await readStructures(path);
    expect(steps.map(({ positions }) => positions[0])).toEqual([1, 3, 5, 7]);
    expect(steps.map(({ labels }) => labels.energy)).toEqual([0, 2, 4, 6].map((step) => energyOf(step) * hartree));
    expect(steps.map(({ labels }) => labels.forces?.[5])).toEqual([
      ...[0.5, 2.5, 4.5].map((force) => (force * hartree) / bohr),
      undefined,
    ]);
    expect(steps.map(({ velocities }) => velocities !== undefined)).toEqual([false, false, true, false]);
    expect((steps[2].velocities?.[0] ?? 0) * fs).toBeCloseTo(21.8769126, 6); // one bohr per atomic unit of time in A/fs
    const [again] = parseExtxyz(formatExtxyz(steps[2]));
    expect(again.labels).toEqual(steps[2].labels);
    expect(again.velocities).toEqual(steps[2].velocities);
  });

  const cellRow = (step: number, edge: number, { volume = edge ** 3, time = step / 2 } = {}) =>
    `  ${step}   ${time.toFixed(3)}  ${[edge, 0, 0, 0, edge, 0, 0, 0, edge].map((value) => value.toFixed(10)).join('  ')}  ${volume.toFixed(10)}\n`;
  const cellHead = (unit = 'Angstrom') => `#   Step   Time [fs]       Ax [${unit}]       Ay [${unit}]\n`;
  const readAll = async (path: string) => {
    const notices: string[] = [];
    const steps = await readStructures(path, { onNotice: (notice) => notices.push(notice) });
    return { steps, notices };
  };

  it('take the cell of each step from the file of cells beside the positions, and are periodic then', async () => {
    const path = put('w-pos-1.xyz', [frame(0, 1), frame(2, 1), frame(4, 1)]);
    put('w-frc-1.xyz', [frame(0, 0.5), frame(2, 0.5)]);
    put('w-1.cell', [cellHead(), ...[0, 1, 2, 3, 4].map((step) => cellRow(step, 6 + step / 100))]);
    const { steps, notices } = await readAll(path);
    expect(steps.map(({ cell }) => cell[4])).toEqual([6, 6.02, 6.04]);
    expect(steps.map(({ pbc }) => pbc.every(Boolean))).toEqual([true, true, true]);
    expect(steps.map(({ labels }) => labels.forces !== undefined)).toEqual([true, true, false]);
    expect(notices).toEqual(['the cells are those of w-1.cell, taken as periodic in all directions']);
  });

  it('take a cell in bohr for one', async () => {
    put('b-1.cell', [cellHead('bohr'), cellRow(0, 10)]);
    const { steps } = await readAll(put('b-pos-1.xyz', [frame(0, 1)]));
    expect(steps[0].cell[0]).toBeCloseTo(10 * bohr, 12);
  });

  it('leave frames out whose cell is not there, and tell how many', async () => {
    put('c-1.cell', [cellHead(), cellRow(0, 6), cellRow(2, 6.1)]);
    const { steps, notices } = await readAll(
      put(
        'c-pos-1.xyz',
        [0, 1, 2, 3, 4].map((step) => frame(step, 1)),
      ),
    );
    expect(steps.map(({ info }) => info.cp2k_step)).toEqual([0, 2]);
    expect(notices).toContain('left out: 3 frames whose cell is not in c-1.cell');
  });

  it('say that nothing is known of the cell where there is no such file, whatever their name', async () => {
    for (const name of ['d-pos-1.xyz', 'renamed.xyz']) {
      const { steps, notices } = await readAll(put(name, [frame(0, 1), frame(1, 1)]));
      expect(steps.map(({ pbc }) => pbc[0])).toEqual([false, false]);
      expect(notices).toEqual([
        expect.stringMatching(/^a trajectory of CP2K says nothing of its cell.*PROJECT-1\.cell/),
      ]);
    }
  });

  it.each([
    ['of another run', [cellRow(7, 6)], /e-1\.cell: expected the cells of the steps .* found none of them/],
    ['at other times', [cellRow(0, 6, { time: 3 })], /step 0 is at 3 fs, but at 0 fs .* do not belong together/],
    ['with another volume', [cellRow(0, 6, { volume: 200 })], /e-1\.cell:2: expected vectors that span the volume 200/],
    ['cut short', ['  0  0.000  6.0 0.0\n'], /e-1\.cell:2: expected twelve numbers/],
    ['without numbers', [cellRow(0, 6).replace('6.0000000000', '6.0x')], /e-1\.cell:2: expected a step, its time/],
  ])('refuse a file of cells %s', async (_, rows, message) => {
    put('e-1.cell', [cellHead(), ...rows]);
    await expect(readAll(put('e-pos-1.xyz', [frame(0, 1)]))).rejects.toThrow(message);
  });

  it('pair the frames of a run that was started again from an earlier step', async () => {
    const numbers = [0, 1, 2, 1, 2, 3];
    const path = put(
      'a-pos-1.xyz',
      numbers.map((step, index) => frame(step, index)),
    );
    put(
      'a-frc-1.xyz',
      numbers.map((step, index) => frame(step, 10 * index)),
    );
    const steps = await readStructures(path);
    expect(steps.map(({ labels }) => labels.forces?.[0])).toEqual(
      numbers.map((step, index) => ((10 * index + step) * hartree) / bohr),
    );
  });

  it.each([
    ['energy', frame(2, 1, { energy: -1 })],
    ['element', frame(2, 1, { element: 'C' })],
  ])('are refused when another %s shows that they are of two runs', async (_, other) => {
    const path = put('a-pos-1.xyz', [frame(0, 1), frame(2, 1)]);
    put('a-frc-1.xyz', [frame(0, 1), other]);
    await expect(readStructures(path)).rejects.toThrow(/a-frc-1\.xyz: step 2 has other atoms.*do not belong together/);
  });

  it.each([
    ['frc', 'forces'],
    ['vel', 'velocities'],
  ])('are refused where positions are meant and %s is given', async (part, what) => {
    const path = put(`a-${part}-1.xyz`, [frame(0, 1)]);
    await expect(readStructures(path)).rejects.toThrow(
      new RegExp(`:2: expected positions, found the ${what} .*a-pos-1`),
    );
  });

  it('are only those with such a comment, whatever the name', async () => {
    const own = '1\nProperties=species:S:1:pos:R:3 energy=-1 step=3\nH 0 0 0\n';
    expect((await readStructures(put('a-frc-1.xyz', [own])))[0].labels).toEqual({ energy: -1 });
  });

  it('are read no further than is asked for', async () => {
    const path = put('a-pos-1.xyz', [frame(0, 1), frame(1, 1)]);
    put('a-frc-1.xyz', [frame(0, 1), '2\nnonsense']);
    expect((await readStructures(path, { index: 0 })).map(({ labels }) => labels.forces?.length)).toEqual([6]);
    await expect(readStructures(path)).rejects.toThrow(/a-frc-1\.xyz:\d+: the file ends too early/);
  });
});
