import { describe, expect, it } from 'vitest';
import { fitReferenceEnergies } from '../../../../pretrain/dataset/labels/reference-energies.js';
import { createSampleTaker, type DataFile, type SampleFile } from '../../../../pretrain/dataset/load/load-samples.js';
import { summarizeFile, summarizeFit } from '../../../../pretrain/dataset/load/summary.js';
import { fingerprint } from '../../../../pretrain/dataset/sample/fingerprint.js';
import { createStructure, type Structure, type StructureInput } from '../../../../src/structure/structure.js';

const file: DataFile = { path: 'dir/a.extxyz', name: 'a' };

function frame(extra: Omit<StructureInput, 'positions' | 'symbols'>, symbols: readonly string[] = ['Cu', 'Cu']) {
  return createStructure({ symbols, positions: symbols.flatMap((_, index) => [2.5 * index, 0, 0]), ...extra });
}

const forces = Float64Array.of(1, 2, 3, -1, -2, -3);
const column = (values: Float64Array, width = 3) => ({ width, values });

/** The samples of a file that has these frames. */
function collectSamples(frames: readonly Structure[], file: DataFile): SampleFile {
  const keyCounts = new Map<string, number>();
  const taker = createSampleTaker(file, keyCounts);
  const samples = frames.map(taker.take);
  taker.finish();
  return { file, samples, keyCounts, notices: [] };
}

describe('createSampleTaker', () => {
  it('takes the labels of the file format, with place and config_type', () => {
    const { samples } = collectSamples(
      [frame({ labels: { energy: -1, forces }, info: { config_type: 'slab' } }), frame({ labels: { forces } })],
      file,
    );
    expect(samples[0]).toMatchObject({
      energy: -1,
      forces,
      origin: { path: 'dir/a.extxyz', file: 'a', frame: 1, group: 'slab' },
    });
    expect(samples[1].energy).toBeUndefined();
    expect(samples[1].origin).toEqual({ path: 'dir/a.extxyz', file: 'a', frame: 2 });
  });

  it('takes labels from the keys that are named', () => {
    const structure = frame({
      labels: { energy: 99 },
      info: { REF_energy: -2 },
      arrays: { REF_forces: column(forces) },
    });
    const { samples } = collectSamples([structure], { ...file, energyKey: 'REF_energy', forcesKey: 'REF_forces' });
    expect(samples[0]).toMatchObject({ energy: -2, forces });
  });

  it('lists the keys found when no frame has a label', () => {
    const structure = frame({ info: { my_energy: -2, step: 4 }, arrays: { f: column(forces) } });
    expect(() => collectSamples([structure], file)).toThrow(
      /dir\/a\.extxyz: no frame has an energy or forces; keys found: f, my_energy, step; name the right ones with `energyKey` and `forcesKey`/,
    );
  });

  it('lists the keys found when a key that is named is nowhere', () => {
    expect(() => collectSamples([frame({ labels: { energy: -1 } })], { ...file, energyKey: 'Energy' })).toThrow(
      /dir\/a\.extxyz: expected the key Energy, which no frame has; keys found: energy/,
    );
  });

  it.each(['constructor', '__proto__', 'toString'])('takes the key %s for none, unless a frame has it', (key) => {
    for (const named of [{ energyKey: key }, { forcesKey: key }]) {
      expect(() => collectSamples([frame({ labels: { energy: -1 } })], { ...file, ...named })).toThrow(
        `expected the key ${key}, which no frame has; keys found: energy`,
      );
    }
  });

  it('wants to know which of two keys is meant', () => {
    const rivals = [
      { labels: { energy: -1 }, info: { REF_energy: -2 } },
      { labels: { forces }, arrays: { dft_forces: column(forces) } },
    ];
    expect(() => collectSamples([frame(rivals[0])], file)).toThrow(
      /frame 1 has both energy and REF_energy: name the one to use with energyKey/,
    );
    expect(() => collectSamples([frame(rivals[1])], file)).toThrow(/frame 1 has both forces and dft_forces/);
    expect(collectSamples([frame(rivals[0])], { ...file, energyKey: 'energy' }).samples[0].energy).toBe(-1);
  });

  it.each([
    [{ labels: { energy: Number.NaN } }, {}, /frame 1: expected finite energy, found NaN/],
    [
      { labels: { forces: forces.with(4, Number.POSITIVE_INFINITY) } },
      {},
      /frame 1: expected finite forces, found Infinity/,
    ],
    [{ info: { e: 'low' } }, { energyKey: 'e' }, /frame 1: expected a number for e, found "low"/],
    [
      { labels: { energy: 1 }, arrays: { f: column(Float64Array.of(1, 2), 1) } },
      { forcesKey: 'f' },
      /expected three numbers an atom for f/,
    ],
  ])('refuses a label that cannot be one, naming file and frame', (extra, keys, message) => {
    const collect = () => collectSamples([frame(extra)], { ...file, ...keys });
    expect(collect).toThrow(message);
    expect(collect).toThrow(/^dir\/a\.extxyz: /);
  });
});

describe('summarizeFile', () => {
  it('counts frames, atoms and labels and names what is not used', () => {
    const loaded = collectSamples(
      [
        frame({ labels: { energy: -1, forces } }),
        frame({ labels: { energy: -1 }, info: { step: 1 } }),
        frame({}, ['Cu']),
      ],
      file,
    );
    expect(summarizeFile(loaded, 'train')).toEqual({
      notices: [],
      name: 'a',
      role: 'train',
      frames: 3,
      atoms: 5,
      energies: 2,
      forces: 1,
      stresses: 0,
      unused: 1,
      leftOut: [{ reason: 'no label for the task', count: 1, frames: [3] }],
      drawings: 0,
      ignoredKeys: ['step'],
    });
  });
});

describe('summarizeFit', () => {
  it('names the frames farthest from the reference fit, worst first', () => {
    const energies = [-1, -1, -1, -1.4, -1, -0.9, -1];
    const { samples } = collectSamples(
      energies.map((energy) => frame({ labels: { energy } }, ['Cu'])),
      file,
    );
    const summary = summarizeFit(samples, { ...fitReferenceEnergies(samples), references: new Map([[29, -1]]) });
    expect(summary.worst).toHaveLength(5);
    expect(summary.worst.slice(0, 2).map(({ origin }) => origin.frame)).toEqual([4, 6]);
    expect(summary.worst[0].perAtom).toBeCloseTo(-0.4, 12);
    expect(summary.residual).toBeCloseTo(Math.sqrt((0.16 + 0.01) / 7), 12);
    expect(summary).toMatchObject({ fittedCount: 1, rank: 1, references: { Cu: -1 } });
  });
});

describe('fingerprint', () => {
  it('changes with every part of a sample that teaches, and with nothing else', () => {
    const base = { labels: { energy: -1, forces }, cell: [9, 0, 0, 0, 9, 0, 0, 0, 9], pbc: true };
    const print = (input: Omit<StructureInput, 'positions' | 'symbols'>, symbols?: readonly string[]) =>
      fingerprint([collectSamples([frame(input, symbols)], file).samples]);
    const others = [
      print({ ...base, labels: { energy: -1.0000001, forces } }),
      print({ ...base, labels: { energy: -1, forces: forces.with(0, 1.1) } }),
      print({ ...base, labels: { energy: -1 } }),
      print({ ...base, cell: [9, 0, 0, 0, 9, 0, 0, 0, 9.5] }),
      print({ ...base, pbc: [true, true, false] }),
      print(base, ['Cu', 'Ni']),
    ];
    expect(new Set([print(base), ...others]).size).toBe(7);
    expect(print({ ...base, info: { step: 4 } })).toBe(print(base));
  });
});
