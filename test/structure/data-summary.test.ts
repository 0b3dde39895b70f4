import { expect, it } from 'vitest';
import { parseExtxyz } from '../../src/io/xyz/extxyz.js';
import { describeFrame, summarise } from '../../src/structure/data-summary.js';
import { GPa } from '../../src/units.js';

const text =
  '2\nLattice="4 0 0 0 5 0 0 0 6" Properties=species:S:1:pos:R:3:forces:R:3:dft_forces:R:3 energy=-3 REF_energy=-2 stress="1 0 0 0 2 0 0 0 3"\n' +
  'O 0 0 0 3 4 0 0 0 0\nH 0 0 1 -3 -4 0 0 0 0\n' +
  '1\nProperties=species:S:1:pos:R:3 name=x\nCu 0 0 0\n';

it('turns a frame into plain arrays', () => {
  expect(describeFrame(parseExtxyz(text)[0])).toEqual({
    formula: 'HO',
    atomCount: 2,
    symbols: ['O', 'H'],
    positions: [
      [0, 0, 0],
      [0, 0, 1],
    ],
    cell: [
      [4, 0, 0],
      [0, 5, 0],
      [0, 0, 6],
    ],
    pbc: [true, true, true],
    labels: {
      energy: -3,
      forces: [
        [3, 4, 0],
        [-3, -4, 0],
      ],
      stress: [1, 2, 3, 0, 0, 0],
    },
    keys: ['energy', 'forces', 'stress', 'REF_energy', 'dft_forces'],
    info: { REF_energy: -2 },
    arrays: {
      dft_forces: [
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
  });
});

it('gives masses, velocities, fixed coordinates and columns of any kind with their values', () => {
  const columns = 'species:S:1:pos:R:3:masses:R:1:velocities:R:3:move_mask:L:3:magmoms:R:1:tag:S:1:near:L:2';
  const [frame] = parseExtxyz(`1\nProperties=${columns} list="1 2 3"\nH 0 0 0 2.014 1 2 3 T F T 0.5 a T F\n`);
  expect(describeFrame(frame)).toMatchObject({
    masses: [2.014],
    velocities: [[1, 2, 3]],
    fixed: [[false, true, false]],
    info: { list: [1, 2, 3] },
    arrays: { magmoms: [0.5], tag: ['a'], near: [[true, false]] },
  });
});

it('sums up frames: elements, sizes, labels, ranges and keys that look like labels but are not read', async () => {
  expect(await summarise(parseExtxyz(text))).toEqual({
    frameCount: 2,
    elements: ['H', 'O', 'Cu'],
    atomCount: { min: 1, mean: 1.5, max: 2 },
    labelled: { energy: 1, forces: 1, stress: 1 },
    energyPerAtom: { min: -1.5, mean: -1.5, max: -1.5 },
    forces: { rms: Math.sqrt(50 / 6), max: 5 }, // two vectors of length 5, six components
    stress: {
      pressure: {
        min: expect.closeTo(-2 / GPa, 6),
        mean: expect.closeTo(-2 / GPa, 6),
        max: expect.closeTo(-2 / GPa, 6),
      },
      max: expect.closeTo(3 / GPa, 6),
    },
    energySources: {},
    ignoredKeys: { REF_energy: 1, dft_forces: 1 },
    otherKeys: {},
  });
});

it('lists what is kept but used by nothing, apart from what has a meaning', async () => {
  const [frame] = parseExtxyz(
    '1\nProperties=species:S:1:pos:R:3:group:I:1 config_type=bulk step=3 dipole="1 2 3"\nH 0 0 0 1\n',
  );
  expect((await summarise([frame, frame])).otherKeys).toEqual({ dipole: 2, group: 2, step: 2 });
});
