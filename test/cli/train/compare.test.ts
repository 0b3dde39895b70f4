import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src/journal/folder-lock.js';
import { bundleForNode } from '../../helpers/bundle.js';
import { createProject } from '../../helpers/spring-project.js';

let program = '';
beforeAll(async () => {
  program = await bundleForNode('helpers/pretrain-command-process.ts');
});
afterAll(() => rmSync(dirname(program), { recursive: true }));

const variants = 'variants: { slow: [training.learningRate=1.e-5], fast: [] }';

function compare(more: string): { readonly directory: string; run(...args: string[]): SpawnSyncReturns<string> } {
  const { directory, text } = createProject();
  writeFileSync(join(directory, 'base.yaml'), text);
  const config = join(directory, 'compare.yaml');
  writeFileSync(config, `base: base.yaml\nseeds: [1, 2]\nout: compared\n${more}\n`);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, 'compare', '--config', config, ...args], { encoding: 'utf8' });
  return { directory, run };
}

describe('lamm compare', () => {
  it('trains every variant with every seed, says which is better, and does nothing twice', () => {
    const { directory, run } = compare(`${variants}\nmeasure: forceMaeMeVPerA`);
    const { status, stdout, stderr } = run();
    const remarks = stderr.replaceAll(/^compare: \d of 4, .*\n/gm, ''); // it tells every ten seconds how far it is
    expect({ status, remarks }).toEqual({ status: 0, remarks: '' });
    const out = join(directory, 'compared');
    const model = join(out, 'fast-seed-2/model.safetensors');
    const { variants: results } = JSON.parse(readFileSync(join(out, 'comparison.json'), 'utf8'));
    const [slow, fast] = results;
    expect(slow.values).toHaveLength(2);
    expect(fast.values[1]).toBeLessThan(slow.values[1]);
    expect(stdout).toMatch(/forceMaeMeVPerA, seeds 1, 2; compared with slow/);
    expect(readFileSync(join(out, 'comparison.svg'), 'utf8')).toMatch(/^<svg/);
    const { mtimeMs } = statSync(model);
    expect(run('--json').status).toBe(0);
    expect(statSync(model).mtimeMs).toBe(mtimeMs);
  });

  it('is refused in a folder where another one is at work, in one line', async () => {
    const { directory, run } = compare(variants);
    await using _lock = await lockFolder(join(directory, 'compared'), 'comparison.json');
    const { status, stderr } = run();
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*comparison\.json: process \d+ has been writing it since .*\n$/);
    expect(existsSync(join(directory, 'compared/slow-seed-1'))).toBe(false);
  });

  it('says what a training said that failed', () => {
    const { status, stderr } = compare('variants: { one: [], two: [training.clipnorm=1] }').run();
    expect(status).toBe(2);
    expect(stderr).toMatch(/two-seed-1\/log\.txt: the training failed: .*unknown key "clipnorm".*clipNorm/);
  });

  it('refuses a measure that there is not, after training', () => {
    const { directory, run } = compare(`${variants}\nmeasure: stress`);
    expect(run().stderr).toMatch(/expected a measure that the validation has, found "stress"/);
    expect(existsSync(join(directory, 'compared/comparison.json'))).toBe(false);
  });
});
