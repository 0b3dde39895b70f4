import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { registerModelImport } from '../../../src/cli/model/command-model-import.js';
import { loadModel } from '../../../src/models/load-model.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const checkpoint = fileURLToPath(new URL('../../fixtures/models/tiny-painn.pt', import.meta.url));

const inFolder = useFolder('test');

const modelImport = (...args: string[]) => runCommand(registerModelImport, ['import', ...args]);

describe('lamm model import', () => {
  it('writes a model file with the moving average of the weights and the licence', async () => {
    const out = inFolder('model.safetensors');
    const { exitCode, stdout } = await modelImport(checkpoint, '--out', out, '--license', 'CC-BY-4.0');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^FAIR-Chem PaiNN, 2 channels, 1 layers: 132 parameters, cutoff 4.5 A, direct forces\n/);
    const { parameters, card } = loadModel(out);
    expect(parameters[0]).toBe(-9 / 16);
    expect(card.license).toBe('CC-BY-4.0');
  });

  it('takes the last weights with --no-ema, and says in JSON what it made', async () => {
    const out = inFolder('model.safetensors');
    const { stdout } = await modelImport(checkpoint, '--out', out, '--no-ema', '--json');
    expect(loadModel(out).parameters[0]).toBe(-1);
    expect(JSON.parse(stdout)).toMatchObject({ out, parameterCount: 132, license: 'unknown' });
  });

  it('never overwrites without --force', async () => {
    const out = inFolder('model.safetensors');
    await writeFile(out, 'precious');
    const { exitCode, stderr } = await modelImport(checkpoint, '--out', out);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/the output exists already; .* --force/);
    expect(await readFile(out, 'utf8')).toBe('precious');
    expect((await modelImport(checkpoint, '--out', out, '--force')).exitCode).toBe(0);
    expect(loadModel(out).config.channels).toBe(2);
  });

  it.each([
    [
      'a damaged checkpoint',
      async () => (await readFile(checkpoint)).subarray(0, 5000),
      /cut\.pt: the checkpoint is cut off or damaged/,
    ],
    ['something else', async () => 'hello', /cut\.pt: expected a checkpoint of PyTorch, found no zip file/],
  ])('refuses %s in one line and writes nothing', async (_, contents, line) => {
    await writeFile(inFolder('cut.pt'), await contents());
    const { exitCode, stderr } = await modelImport(inFolder('cut.pt'), '--out', inFolder('model.safetensors'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(await readdir(inFolder('.'))).toEqual(['cut.pt']);
  });
});
