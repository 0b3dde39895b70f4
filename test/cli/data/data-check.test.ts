import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createRandom } from '../../../src/random.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const references = { C: -8, O: -5 };

/** Two atoms or one, each bound to its site by a spring, above the energies of the elements. */
function springs(symbols: ('C' | 'O')[], frames: number, seed: number): Structure[] {
  const random = createRandom(seed);
  return Array.from({ length: frames }, (_, frame) => {
    const offsets = symbols.flatMap(() => [0, 1, 2].map(() => 0.04 * random.normal()));
    const energy = symbols.reduce(
      (sum, symbol) => sum + references[symbol],
      offsets.reduce((sum, x) => sum + x ** 2, 0),
    );
    return createStructure({
      symbols,
      positions: offsets.map((offset, index) => offset + 2 * Math.floor(index / 3)),
      labels: { energy, forces: Float64Array.from(offsets, (offset) => -2 * offset) },
      info: { config_type: 'springs', frame },
    });
  });
}

const good = [...springs(['C', 'O'], 20, 1), ...springs(['C'], 10, 2)];
const change = (labels: (old: Structure['labels'], index: number) => Structure['labels']) =>
  good.map((structure, index) => ({ ...structure, labels: labels(structure.labels, index) }));

const inFolder = useFolder('test', async () => {
  await writeStructures(inFolder('good.extxyz'), good);
});

const check = (...args: string[]) => runCommand(registerDataCheck, ['check', ...args]);

async function checkFrames(frames: readonly Structure[], ...args: string[]) {
  await writeStructures(inFolder('frames.extxyz'), frames);
  return check(inFolder('frames.extxyz'), ...args);
}

describe('lamm data check', () => {
  it('tells labels, ranges, references, the worst frames and how forces and energies agree', async () => {
    const { stdout, stderr, exitCode } = await check(inFolder('good.extxyz'), '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ usable: true, problems: [], remarks: [] });
    expect(report.files[0]).toMatchObject({
      frames: 30,
      energies: 30,
      forces: 30,
      stresses: 0,
      ignoredKeys: ['frame'],
    });
    expect(report.files[0].summary).toMatchObject({ elements: ['C', 'O'], atomCount: { min: 1, max: 2 } });
    expect(report.fit).toMatchObject({ rank: 2, fittedCount: 2 });
    expect(report.fit.references.C).toBeCloseTo(references.C, 1);
    expect(report.fit.worst).toHaveLength(5);
    expect(report.consistency).toMatchObject({ agreement: 1, slope: expect.closeTo(1, 8) });
    const text = (await check(inFolder('good.extxyz'))).stdout;
    for (const part of [
      /reference fit: rank 2 of 2/,
      /100 % of \d+ pairs/,
      /keys not used in .*: frame/,
      /nothing speaks against/,
    ]) {
      expect(text).toMatch(part);
    }
  });

  it.each([
    [
      'energies of another unit in one frame',
      change((old, index) => (index === 7 ? { ...old, energy: -355 } : old)),
      /frame 8 lies -\d+.\d+ eV\/atom/,
    ],
    [
      'forces that are gradients',
      change((old) => ({ ...old, forces: old.forces?.map((force) => -force) })),
      /wrong sign/,
    ],
    [
      'forces of another unit',
      change((old) => ({ ...old, forces: old.forces?.map((force) => force / 51.4) })),
      /different units.* 51.4 times/,
    ],
    ['no labels', change(() => ({})), /no frame has an energy or forces; keys found: config_type, frame/],
    [
      'keys that conflict',
      good.map((structure) => ({ ...structure, info: { REF_energy: -1 } })),
      /has both energy and REF_energy/,
    ],
  ])('refuses %s', async (_, frames, message) => {
    const { exitCode, stderr } = await checkFrames(frames);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    const { stdout } = await check(inFolder('frames.extxyz'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ usable: false, problems: [expect.stringMatching(message)] });
  });

  it('takes the key that is named, a wider residual, or no labels at all when told to', async () => {
    const renamed = good.map(({ labels, ...structure }) => ({
      ...structure,
      labels: {},
      info: { REF_energy: labels.energy ?? 0 },
    }));
    expect((await checkFrames(renamed, '--energy-key', 'REF_energy')).exitCode).toBe(0);
    const unlabelled = await check(inFolder('frames.extxyz'), '--unlabelled');
    expect(unlabelled.exitCode).toBe(0);
    expect(unlabelled.stdout).not.toMatch(/left out|no label/);
    expect(unlabelled.stdout).toMatch(
      /^file +frames +atoms +E +F +S +unused\nframes\.extxyz +30 +1 to 2 +0 +0 +0 +0\n/,
    );
    const shifted = change((old, index) => (index === 0 ? { energy: -1000 } : { energy: old.energy }));
    expect((await checkFrames(shifted)).exitCode).toBe(2);
    expect((await check(inFolder('frames.extxyz'), '--max-residual', '2000')).exitCode).toBe(0);
  });

  it('notes frames that occur twice, and those of one file in another', async () => {
    await writeStructures(inFolder('test.extxyz'), [good[0], good[1], good[1]]);
    const { stderr, exitCode } = await check(inFolder('good.extxyz'), inFolder('test.extxyz'));
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/test.extxyz: 3 frames have the geometry of a frame in an earlier file/);
  });

  it('refuses drawings in two dimensions, and says of each file that cannot be read why', async () => {
    const sdf = fileURLToPath(new URL('../../fixtures/io/sdf/handmade__v2000_records.sdf', import.meta.url));
    const drawing = createStructure({ symbols: ['C'], positions: [0, 0, 0], info: { is_2d: true } });
    await writeStructures(inFolder('drawing.extxyz'), [drawing]);
    const { stderr, exitCode } = await check(inFolder('drawing.extxyz'), sdf, inFolder('none.xyz'), '--unlabelled');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/1 of 1 record is a drawing in two dimensions/);
    expect(stderr).toMatch(/records.sdf:53: .*R group/);
    expect(stderr).toMatch(/none.xyz: there is no such file/);
  });
});

describe('what lamm data check says of stresses', () => {
  const strained = [-0.02, -0.01, 0, 0.01, 0.02].map((strain, frame) => ({ strain, edge: 4 * (1 + strain), frame }));
  /**
   * Cubes of one atom whose energy is 100 eV strain^2 / 2, as their stress says, or in which something else prevails.
   */
  const cubes = (noise: number) => {
    const random = createRandom(4);
    return strained.map(({ strain, edge }) => {
      const pull = (100 * strain) / (3 * edge ** 3);
      const stress = Float64Array.of(pull, pull, pull, 0, 0, 0);
      const energy = 50 * strain ** 2 + noise * random.normal();
      const cell = [edge, 0, 0, 0, edge, 0, 0, 0, edge];
      return createStructure({ symbols: ['C'], positions: [0, 0, 0], cell, labels: { energy, stress } });
    });
  };

  it('is how they explain the energies of strained cells, where these are due to them', async () => {
    const { stdout } = await checkFrames(cubes(0));
    expect(stdout).toMatch(/stress against energies: 4 pairs of strained cells, dE \/ \(V S strain\) [01]\.\d+, corr/);
  });

  it('is that nothing is told where other differences prevail, or of one pair', async () => {
    expect((await checkFrames(cubes(1))).stdout).toMatch(/stress against energies: not told by 4 pairs .* dynamics/);
    expect((await checkFrames(cubes(0).slice(0, 2))).stdout).toContain(
      'not told by 1 pair of strained cells: they are',
    );
  });
});
