import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { registerDataInfo } from '../../../src/cli/data/command-data-info.js';
import { runCommand } from '../../helpers/run-command.js';

const path = join(mkdtempSync(join(tmpdir(), 'lamm-info-')), 'a.xyz');
writeFileSync(path, '1\nenergy=-2 REF_energy=-3\nCu 0 0 0\n1\n\nH 0 0 1\n');

afterEach(() => {
  vi.restoreAllMocks();
});

async function run(...args: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const info = new Command('info');
  registerDataInfo(info);
  await info.parseAsync(args, { from: 'user' });
  return written.join('');
}

it('prints what a file holds and which keys are not read as labels', async () => {
  const text = await run(path);
  expect(text).toMatch(/frames +2\nelements +H Cu\natoms +1\nwith energy +1\n/);
  expect(text).toMatch(/not used +REF_energy \(1\)/);
});

it('prints every frame as one JSON object', async () => {
  const frame = { formula: 'Cu', atomCount: 1, symbols: ['Cu'], positions: [[0, 0, 0]], pbc: [false, false, false] };
  const report = JSON.parse(await run(path, '--json', '--full'));
  expect(report).toMatchObject({ file: path, format: 'extxyz', frames: [frame, { formula: 'H' }] });
  expect(report.frames[0]).toMatchObject({ labels: { energy: -2 }, keys: ['energy', 'REF_energy'] });
});

it('refuses --full without --json, and --tolerance without --symmetry', async () => {
  for (const [args, message] of [
    [['--full'], /--full needs --json/],
    [['--tolerance', '0.1'], /--tolerance needs --symmetry/],
  ] as const)
    expect(await runCommand(registerDataInfo, ['info', path, ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(message),
    });
});

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/lmdb/${name}`, import.meta.url));

it('says what the energies are where the data say it, and reads folders', async () => {
  const text = await run(fixture('parts'), path);
  expect(text).toMatch(/parts \(lmdb\)\nframes +4\n/);
  expect(text).toMatch(/energy is +y \(2\), total y \(1\), y_relaxed \(1\)\n/);
  expect(text).toMatch(/not used +initial_energy \(1\), initial_forces \(1\): .*\n\nfile +.*a\.xyz/);
  const { energySources, ignoredKeys } = JSON.parse(await run(fixture('parts'), '--json'));
  expect(energySources).toEqual({ y: 2, 'total y': 1, y_relaxed: 1 });
  expect(ignoredKeys).toEqual({ initial_energy: 1, initial_forces: 1 });
});

it('adds reference energies', async () => {
  const args = [fixture('s2ef-pyg1.lmdb'), '--reference-energies', fixture('oc20_ref.pkl'), '--json'];
  expect(JSON.parse(await run(...args)).energySources).toEqual({ 'total y': 2 });
});

const crystals = join(mkdtempSync(join(tmpdir(), 'lamm-info-')), 'crystals.xyz');
const cubic = 'Lattice="3.6 0 0 0 3.6 0 0 0 3.6"';
const rocksalt = `8\nLattice="4 0 0 0 4 0 0 0 4"\n${['Na 0 0 0', 'Na 0 2 2', 'Na 2 0 2', 'Na 2 2 0', 'Cl 2 0 0', 'Cl 0 2 0', 'Cl 0 0 2', 'Cl 2 2 2'].join('\n')}\n`;
writeFileSync(
  crystals,
  `1\n${cubic}\nPo 0 0 0\n2\n${cubic}\nCs 0 0 0\nCl 1.8 1.8 1.805\n${rocksalt}1\n\nH 0 0 0\n${rocksalt}`,
);

it('counts the space groups of the frames', async () => {
  const text = await run(crystals, '--symmetry');
  expect(text).toMatch(/symmetry +F m -3 m \(225\), Hall number 523, point group m-3m: 2 frames\n +P m -3 m \(221\)/);
  expect(text).toMatch(/ P 4 m m \(99\), Hall number 376, point group 4mm: 1 frame\n +1 frame not periodic in all/);
  const { symmetry } = JSON.parse(await run(crystals, '--symmetry', '--tolerance', '0.02', '--json'));
  expect(symmetry).toEqual([
    { group: expect.objectContaining({ number: 221, hallNumber: 517, pointGroup: 'm-3m' }), frames: 2 },
    { group: expect.objectContaining({ number: 225 }), frames: 2 },
    { group: null, frames: 1 },
  ]);
});

it('tells the space group of every frame with --full', async () => {
  const { frames } = JSON.parse(await run(crystals, '--symmetry', '--json', '--full'));
  expect(frames.map(({ symmetry }: { symmetry: { number: number } | null }) => symmetry?.number)).toEqual([
    221,
    99,
    225,
    undefined,
    225,
  ]);
});

it('gives the range of the stress in GPa, and says when it is beyond reason', async () => {
  const frame = (stress: number) =>
    `1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3 stress="${stress} 0 0 0 ${stress} 0 0 0 ${stress}"\nCu 0 0 0\n`;
  const stressed = path.replace('a.xyz', 'stress.xyz');
  writeFileSync(stressed, frame(0.01) + frame(-0.02));
  expect(await run(stressed)).toMatch(/stress +pressure -1.6 to 3.2, mean 0.80 GPa, largest component 3.20 GPa\n/);
  writeFileSync(stressed, frame(-251));
  expect(await run(stressed)).toMatch(/40214.63 GPa; beyond reason: .*kbar \(VASP\) or GPa/);
});
