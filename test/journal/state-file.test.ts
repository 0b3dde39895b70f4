import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatSafetensors, parseSafetensors, type SafeTensor } from '../../src/io/safetensors.js';
import { formatState, parseState, type StateKind } from '../../src/journal/state-file.js';

const anything: StateKind<unknown> = { name: 'thing', version: 1, title: 'a state of a thing', schema: z.unknown() };
const file = 'thing.checkpoint';
const back = (state: unknown) => parseState(formatState(anything, state), anything, { file });

const array = fc.oneof(
  fc.float64Array({ maxLength: 5 }),
  fc.float32Array({ maxLength: 5 }),
  fc.int32Array({ maxLength: 5 }),
  fc.uint32Array({ maxLength: 5 }),
  fc.uint8Array({ maxLength: 5 }),
);
const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('a.b', '~', '~0', '', '0', '1.~1'));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    array,
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const states = fc.record({ state: tree }, { noNullPrototype: true });

describe('a state file', () => {
  it('brings back any plain data with arrays in it, to the bit', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(back(state)).toStrictEqual(state);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps numbers that JSON does not have', () => {
    const state = { a: -0, b: [Number.NaN, Number.POSITIVE_INFINITY], c: Float64Array.of(-0, Number.NaN, 5e-324) };
    expect(back(state)).toStrictEqual(state);
  });

  it('is a safetensors file whose tensors are named by their paths', () => {
    const { tensors } = parseSafetensors(
      Uint8Array.from(formatState(anything, { run: { positions: new Float64Array(6) }, list: [new Uint8Array(2)] })),
    );
    expect([...tensors.keys()].sort()).toEqual(['list.0', 'run.positions', '~sha256']);
  });

  it('gives arrays of their own, not views of the file', () => {
    const bytes = formatState(anything, { values: Float64Array.of(1, 2) });
    const state = parseState(bytes, anything, { file }) as { values: Float64Array };
    bytes.fill(0);
    expect(state.values).toEqual(Float64Array.of(1, 2));
  });

  it('is refused with any bit flipped and at any length but its own', () => {
    const whole = formatState(anything, { step: 3, positions: Float64Array.of(1.5, -2.25), kinds: Uint8Array.of(7) });
    const refused = (bytes: Uint8Array) =>
      expect(() => parseState(bytes, anything, { file })).toThrow(
        expect.objectContaining({ code: 'checkpoint', details: expect.objectContaining({ file }) }),
      );
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      refused(bytes);
    }
    for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length));
    refused(Buffer.concat([whole, whole]));
  });

  it('is refused for another kind of run, another version of it, or what its schema does not know', () => {
    const bytes = formatState(anything, { step: 3 });
    const read = (kind: Partial<StateKind<unknown>>) => () => parseState(bytes, { ...anything, ...kind }, { file });
    expect(read({ name: 'other', title: 'a checkpoint of others' })).toThrow(
      /thing.checkpoint: expected a checkpoint of others, found one of another kind, "thing"/,
    );
    expect(read({ version: 2 })).toThrow(/another version of this program/);
    expect(read({ schema: z.strictObject({ step: z.string() }) })).toThrow(/"step" wrong/);
  });

  it('says what it is when an earlier version of the program wrote it', () => {
    for (const text of [
      '{"format":"lamm-md-checkpoint","version":2}',
      '{"format":"lamm-relax-checkpoint","version":2}',
    ]) {
      expect(() => parseState(Buffer.from(text), anything, { file })).toThrow(/an earlier version of this program/);
    }
  });

  it.each(['constructor.prototype.evil', '__proto__.evil', 'step', 'step.deeper', 'nowhere'])(
    'with a sum that is right and an array that has no place is refused: %s',
    (path) => {
      const tensor = (length: number): SafeTensor => ({ dtype: 'U8', shape: [length], data: new Uint8Array(length) });
      const bytes = formatSafetensors(
        [
          [path, tensor(1)],
          ['~sha256', tensor(32)],
        ],
        { lamm_state: JSON.stringify({ kind: 'thing', version: 1, body: { step: 3 } }) },
      );
      bytes.set(createHash('sha256').update(bytes.subarray(0, -32)).digest(), bytes.length - 32);
      expect(() => parseState(bytes, anything, { file })).toThrow(/an array without a place/);
      expect('evil' in {}).toBe(false);
    },
  );
});
