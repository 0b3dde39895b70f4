import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { program, type RunResult, runProcess } from '../helpers/cli.js';
import { createProject } from '../helpers/spring-project.js';
import { noWebgpu, webgpuEnvironment } from '../helpers/webgpu.js';

const unlimited = 0; // software drivers compile for minutes on a busy machine
const { directory, text } = createProject();
let available = false;

/** Runs `lamm` in the folder of the project. */
function lamm(...args: string[]): Promise<RunResult> {
  return runProcess(process.execPath, [program, ...args], { cwd: directory, env: webgpuEnvironment });
}

beforeAll(async () => {
  const config = text.replace('layers: 2', 'layers: 1').replace('4 epochs', '3 steps, logEvery: 1');
  writeFileSync(join(directory, 'config.yaml'), config);
  const { stderr, exitCode } = await train('webgpu');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  available = !stderr.includes('device webgpu is not available');
}, unlimited);
afterAll(() => rmSync(directory, { recursive: true }));

function train(device: string): Promise<RunResult> {
  return lamm('pretrain', '--config', 'config.yaml', '--out', device, '--set', `training.device=${device}`);
}

function readLosses(device: string): number[][] {
  return readFileSync(join(directory, device, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ loss, gradientNorm = 0, forceMaeMeVPerA = 0 }) => [loss, gradientNorm, forceMaeMeVPerA]);
}

it('trains a conservative PaiNN on WebGPU as on the CPU', async ({ skip }) => {
  if (!available) skip(noWebgpu);
  expect((await train('cpu')).exitCode).toBe(0);
  const [cpu, webgpu] = [readLosses('cpu'), readLosses('webgpu')];
  expect(webgpu).toHaveLength(cpu.length);
  for (const [line, values] of cpu.entries()) {
    for (const [column, value] of values.entries()) {
      // Losses, gradients of their gradients and errors, in single precision.
      expect(Math.abs(webgpu[line][column] - value)).toBeLessThanOrEqual(2e-5 * Math.abs(value));
    }
  }
});

it(
  'gives the energy and forces of the CPU',
  async ({ skip }) => {
    if (!available) skip(noWebgpu);
    const single = (device: string) =>
      lamm('singlepoint', 'val.extxyz', '--model', 'webgpu/model.safetensors', '--device', device, '--json');
    const [cpu, webgpu] = await Promise.all([single('cpu'), single('webgpu')]);
    expect(webgpu.exitCode).toBe(0);
    const results = [cpu, webgpu].map(({ stdout }) => JSON.parse(stdout).results);
    for (const [index, { energies, forces }] of results[0].entries()) {
      const other = results[1][index];
      energies.forEach((energy: number, atom: number) =>
        expect(Math.abs(other.energies[atom] - energy)).toBeLessThan(5e-6),
      ); // eV
      forces.flat().forEach((force: number, component: number) => {
        expect(Math.abs(other.forces.flat()[component] - force)).toBeLessThan(5e-6); // eV/A
      });
    }
  },
  unlimited,
);

it('falls back to the CPU with one notice where there is no device', async ({ skip }) => {
  if (process.platform !== 'linux') skip('only a Vulkan driver can be hidden');
  const { exitCode, stdout, stderr } = await runProcess(
    process.execPath,
    [program, 'singlepoint', 'val.extxyz', '--device', 'webgpu', '--model', 'webgpu/model.safetensors', '--json'],
    {
      cwd: directory,
      env: { ...webgpuEnvironment, VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' },
    },
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).results).toHaveLength(4);
  expect(stderr.match(/device webgpu is not available/g)).toHaveLength(1);
});
