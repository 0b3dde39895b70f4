import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordTables, decodeRecord, encodeRecord } from '../../../../pretrain/dataset/prepared/sample-record.js';
import { openSamples, packSamples } from '../../../../pretrain/dataset/prepared/stored-samples.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../../src/structure/structure.js';

const real = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const subset = { name: 'b', head: 1, noise: { sigma: 0.1, labels: 'centred' } } as const;

/** Samples of any size with any of their parts. */
const samples: fc.Arbitrary<Sample> = fc
  .record({
    numbers: fc.array(fc.integer({ min: 1, max: 118 }), { minLength: 1, maxLength: 9 }),
    isPeriodic: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    energy: fc.option(real, { nil: undefined }),
    has: fc.record({
      forces: fc.boolean(),
      mask: fc.boolean(),
      fixed: fc.boolean(),
      subset: fc.boolean(),
      taught: fc.boolean(),
    }),
    values: fc.array(real, { minLength: 63, maxLength: 63 }),
    frame: fc.integer({ min: 1, max: 2 ** 31 }),
  })
  .map(({ numbers, isPeriodic, energy, has, values, frame }) => {
    const count = numbers.length;
    const bits = Uint8Array.from(values, (value) => Number(value > 0));
    const cell = isPeriodic.includes(true) ? [4, 0, 0, 0.5, 5, 0, 0, -0.25, 6] : undefined;
    const structure = createStructure({
      ...{ numbers, pbc: isPeriodic, positions: values.slice(0, 3 * count) },
      ...(cell && { cell }),
      ...(has.fixed && { fixed: bits.subarray(0, 3 * count) }),
    });
    return {
      structure,
      ...(energy !== undefined && { energy }),
      ...(has.forces && { forces: Float64Array.from(values.slice(30, 30 + 3 * count)) }),
      ...(has.taught && { atomEnergies: Float64Array.from(values.slice(40, 40 + count)) }),
      ...(has.mask && { forceMask: bits.subarray(0, count) }),
      origin: { path: `dir/${count % 2}.xyz`, file: `${count % 2}`, frame },
      ...(has.subset && { subset }),
    };
  });

describe('a record', () => {
  it('gives back the sample with the same bits', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const { tables, placeOf } = createRecordTables();
        expect(decodeRecord(encodeRecord(sample, placeOf(sample)), tables)).toStrictEqual(sample);
      }),
    );
  });

  it('is refused when it is cut off or of another data set', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 40 }), (sample, missing) => {
        const { tables, placeOf } = createRecordTables();
        const record = encodeRecord(sample, placeOf(sample));
        const cut = record.slice(0, Math.max(0, record.length - missing));
        expect(() => decodeRecord(cut, tables)).toThrow(/expected the record of a sample, found other bytes; prepare/);
        expect(() => decodeRecord(record, { files: [], subsets: [] })).toThrow(/expected the record of a sample/);
      }),
    );
  });
});

describe('packed samples', () => {
  it('are read in any order, as often as one likes', () => {
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 8 }), (list) => {
        using stored = openSamples(packSamples(list));
        expect(stored.length).toBe(list.length);
        for (const index of [...list.keys()].reverse()) expect(stored.at(index)).toStrictEqual(list[index]);
        expect([...stored]).toStrictEqual(list);
        expect([stored.at(-1), stored.at(list.length)]).toEqual([undefined, undefined]);
      }),
    );
  });
});
