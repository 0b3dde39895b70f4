import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { registerDataInfo } from '../../../src/cli/data/command-data-info.js';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { registerRelax } from '../../../src/cli/simulate/command-relax.js';
import { registerSinglepoint } from '../../../src/cli/simulate/command-singlepoint.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const [small, large] = [rattledCopper(1), rattledCopper(2)];
const inFolder = useFolder('test', () => writeStructures(inFolder('two.extxyz'), [small, large]));
const steps = (): string[] => ['--steps', '1', '--trajectory', inFolder('steps.extxyz')];
const last = (): string => inFolder('two.extxyz@-1');

const verbs: Readonly<Record<string, { register: (command: Command) => void; args: () => string[] }>> = {
  md: { register: registerMd, args: () => [inFolder('two.extxyz'), '--frame', '-1', ...steps(), '--out'] },
  'md of FILE@-1': { register: registerMd, args: () => [last(), ...steps(), '--out'] },
  relax: { register: registerRelax, args: () => [last(), '--max-steps', '0', '--out'] },
  singlepoint: { register: registerSinglepoint, args: () => [last(), '--out'] },
};

it.each(Object.entries(verbs))('lamm %s takes the last frame for -1', async (name, { register, args }) => {
  const out = inFolder('out.extxyz');
  const { stderr } = await runCommand(register, [name.split(' ')[0], ...args(), out, '-c', 'emt']);
  const written = await readStructures(out);
  expect(written.map(({ numbers }) => numbers.length)).toEqual([large.numbers.length]);
  expect(stderr).not.toMatch(/error/);
});

it('lamm data info counts back, too, and says which frames there are when there is none', async () => {
  const info = (choice: string) => runCommand(registerDataInfo, ['info', inFolder(`two.extxyz@${choice}`), '--json']);
  expect(JSON.parse((await info('-1')).stdout)).toMatchObject({ frameCount: 1, atomCount: { max: 32 } });
  expect(JSON.parse((await info('-2')).stdout)).toMatchObject({ frameCount: 1, atomCount: { max: 4 } });
  const { exitCode, stderr } = await info('-3');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/expected 1 to 2, found -3; frames count from 1, and from -1 back/);
});
