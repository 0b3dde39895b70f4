import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { registerDataInfo } from '../../src/cli/command-data-info.js';

const path = join(mkdtempSync(join(tmpdir(), 'lamm-info-')), 'a.xyz');
writeFileSync(path, '1\nenergy=-2 REF_energy=-3\nCu 0 0 0\n1\n\nH 0 0 1\n');

afterEach(() => {
  vi.restoreAllMocks();
});

async function run(...args: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const data = new Command('data');
  registerDataInfo(data);
  await data.parseAsync(['info', ...args], { from: 'user' });
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

it('refuses --full without --json', async () => {
  await expect(run(path, '--full')).rejects.toThrow(/--full needs --json/);
});
