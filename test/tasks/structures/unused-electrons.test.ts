import { describe, expect, it } from 'vitest';
import { registerSinglepoint } from '../../../src/cli/simulate/command-singlepoint.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure, type StructureInput } from '../../../src/structure/structure.js';
import { describeElectrons } from '../../../src/tasks/structures/unused-electrons.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const pair = { symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2.3, 0, 0] };
const charges = (values: readonly number[]) => ({ width: 1, values: Float64Array.from(values) });

describe('charges and spins that a file tells and nothing calculates', () => {
  it.each([
    [{ info: { charge: -1, spin: 2 } }, /^charge = -1 and spin = 2 are not used/],
    [{ info: { total_charge: 2 } }, /^total_charge = 2 is not used/],
    [{ info: { multiplicity: 3 } }, /^multiplicity = 3 is not used/],
    [{ arrays: { formal_charges: charges([1, 0]) } }, /^formal_charges with the sum 1 is not used/],
    [{ arrays: { initial_charges: charges([-0.5, -0.4]) } }, /sum -0\.9/],
  ])('are told: %j', (more, message) => {
    expect(describeElectrons(createStructure({ ...pair, ...more }))).toMatch(message);
  });

  it.each<Partial<StructureInput>>([
    {},
    { info: { charge: 0, spin: 1, multiplicity: 1 } },
    { info: { charge: 'unknown' } },
    { arrays: { initial_charges: charges([0.5, -0.5]), tags: charges([1, 1]) } },
  ])('are not told where there are none: %j', (more) => {
    expect(describeElectrons(createStructure({ ...pair, ...more }))).toBeUndefined();
  });
});

const inFolder = useFolder('test', async () => {
  const frames = [-1, -1, 0, 1].map((charge) => createStructure({ ...pair, info: { charge } }));
  await writeStructures(inFolder('ions.extxyz'), frames);
});

it('are told of a file once, however many frames have the same', async () => {
  const args = ['singlepoint', inFolder('ions.extxyz'), '-c', 'emt', '--out', inFolder('out.extxyz')];
  const { stderr } = await runCommand(registerSinglepoint, args);
  expect(stderr.match(/is not used/g)).toHaveLength(2);
  expect(stderr).toMatch(/ions\.extxyz: charge = -1 is not used.*\n.*ions\.extxyz: charge = 1 is not used/);
});
