import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registerPlanBatches } from '../../../src/cli/train/command-plan-batches.js';
import { paperMixFile } from '../../helpers/paper-mix.js';
import { runCommand } from '../../helpers/run-command.js';
import { createProject } from '../../helpers/spring-project.js';

const folder = mkdtempSync(join(tmpdir(), 'lamm-plan-'));
const sizesFile = join(folder, 'sizes.txt');
const sizes = Array.from({ length: 1000 }, (_, index) => 1 + ((index * 37) % 101));
writeFileSync(sizesFile, sizes.map((size) => `${size}\n`).join(''));

const plan = (...args: string[]) => runCommand(registerPlanBatches, ['plan-batches', ...args]);

describe('lamm plan-batches', () => {
  it('prints every strategy as JSON for a file of sizes', async () => {
    const { stdout, exitCode } = await plan('--sizes', sizesFile, '--ranks', '4', '--batch', '2', '--json');
    expect(exitCode).toBe(0);
    const { strategies, subsets } = JSON.parse(stdout);
    expect(strategies.map(({ strategy }: { strategy: string }) => strategy)).toEqual([
      'none',
      'greedy',
      'lamm',
      'budget',
    ]);
    const [none, greedy, lamm] = strategies;
    expect(none).toMatchObject({ batches: 125, gain: 1, meanAtoms: expect.closeTo(101.7, 0) });
    expect(none.efficiency).toBeLessThan(greedy.efficiency);
    expect(greedy.efficiency).toBeLessThan(lamm.efficiency);
    expect(lamm.efficiency).toBeGreaterThan(0.99);
    expect(lamm.peakAtoms).toBeLessThan(none.peakAtoms);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / 1000;
    expect(subsets).toEqual([{ name: sizesFile, meanAtoms: mean, samples: 1000, sampled: 1000 }]);
  });

  it('prints tables, and writes a histogram for each strategy but over nothing', async () => {
    const svg = join(folder, 'loads.svg');
    const args = ['--mix', paperMixFile, '--draws', '20000', '--temperature', '2', '--ranks', '16', '--batch', '1'];
    const { stdout } = await plan(...args, '--svg', svg);
    expect(stdout).toMatch(/OC22 S2EF-Total +80\.0 +8,200,000 +33,148,152\n/);
    expect(stdout).toMatch(
      /strategy +efficiency +peak atoms +mean atoms +batches +expected gain\nnone +3\d\.\d % +\d+/,
    );
    expect(stdout).toMatch(/lamm +9\d\.\d % +\d+ +7\d\.\d +1250 +2\.\d\d x\n/);
    const text = readFileSync(svg, 'utf8');
    expect(text.match(/<text[^>]*>(none|greedy|lamm|budget): efficiency/g)).toHaveLength(4);
    expect(text.endsWith('</svg>\n')).toBe(true);
    const again = await plan(...args, '--svg', svg);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toMatch(/the output exists already/);
  });

  it('takes the sizes of a configuration, by atoms, edges or microseconds', async () => {
    const { directory, text } = createProject();
    const config = join(directory, 'config.yaml');
    writeFileSync(config, text);
    for (const cost of ['atoms', 'edges', '10,5,0.5']) {
      const setting = ['--config', config, '--set', 'model.cutoff=4.4', '--cost', cost]; // cuts through a shell of neighbours
      const { stdout } = await plan(...setting, '--ranks', '2', '--batch', '3', '--json');
      const [none] = JSON.parse(stdout).strategies;
      expect(none).toMatchObject({ batches: 2, peakAtoms: 12, meanAtoms: 12 });
      expect(none.efficiency === 1).toBe(cost === 'atoms'); // all cells have four atoms, but not as many neighbours
    }
  });

  it('measures the cost on the model of a configuration', async () => {
    const { directory, text } = createProject();
    const config = join(directory, 'config.yaml');
    writeFileSync(config, text);
    const { stdout } = await plan('--config', config, '--cost', 'measured', '--json');
    const { perStructure, perAtom, perEdge } = JSON.parse(stdout).cost;
    expect(Math.min(perStructure, perAtom, perEdge)).toBeGreaterThanOrEqual(0);
    expect(perStructure + 4 * perAtom + 48 * perEdge).toBeGreaterThan(0);
  });

  it('repeats small subsets with --temperature', async () => {
    const small = join(folder, 'small.txt');
    writeFileSync(small, '5\r\n\n6\n7\n8');
    const { stdout } = await plan('--sizes', sizesFile, small, '--temperature', '2', '--json');
    expect(JSON.parse(stdout).subsets[1]).toEqual({ name: small, meanAtoms: 6.5, samples: 4, sampled: 63 });
    expect(JSON.parse(stdout).strategies[0].batches).toBe(1063);
  });

  it.each<[why: string, args: string[], message: RegExp]>([
    ['no source', [], /expected one source of sizes: --config, --sizes or --mix/],
    ['two sources', ['--sizes', sizesFile, '--mix', paperMixFile], /expected one source/],
    ['a file that is not there', ['--sizes', 'nowhere.txt'], /nowhere\.txt: there is no such file/],
    ['edges of bare sizes', ['--sizes', sizesFile, '--cost', 'edges'], /only their sizes are known/],
    [
      'a measurement of bare sizes',
      ['--sizes', sizesFile, '--cost', 'measured'],
      /needs a model and structures: --config/,
    ],
    [
      'another cost',
      ['--sizes', sizesFile, '--cost', 'time'],
      /expected atoms, edges, measured, or two or three times/,
    ],
    ['a temperature below 1', ['--sizes', sizesFile, '--temperature', '0.5'], /expected a number of at least 1/],
    ['no ranks', ['--sizes', sizesFile, '--ranks', '0'], /expected a whole number of at least 1/],
  ])('refuses %s', async (_, args, message) => {
    const { exitCode, stderr } = await plan(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ['12\n-4\n', /:2: expected one number of atoms a line, found "-"/],
    ['12\n\n0\n', /:3: expected one number of atoms a line, found 0/],
    ['7\n1.5\n', /:2: .*found "\."/],
    ['', /the file is empty/],
  ])('names the line of a size that is none (%j)', async (text, message) => {
    const file = join(folder, 'bad.txt');
    writeFileSync(file, text);
    expect((await plan('--sizes', file)).stderr).toMatch(message);
  });
});
