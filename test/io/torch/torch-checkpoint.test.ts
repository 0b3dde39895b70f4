import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseTorchCheckpoint } from '../../../src/io/torch/torch-checkpoint.js';
import { isTorchTensor, tensorValues } from '../../../src/io/torch/torch-tensor.js';
import { sharedPath } from '../../helpers/shared.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/models/${name}`, import.meta.url));
const tiny = fixture('tiny-painn.pt');

/** Follows keys of dicts and indices of lists. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (item, key) => (item instanceof Map ? item.get(key) : (item as unknown[])[Number(key)]),
    value,
  );
}

function valuesAt(value: unknown, ...path: (string | number)[]): number[] {
  const tensor = at(value, ...path);
  if (!isTorchTensor(tensor)) throw new Error(`no tensor at ${path.join('/')}`);
  return Array.from(tensorValues(tensor));
}

describe('a checkpoint', () => {
  it('gives numbers, texts, dicts and lists as Python wrote them', () => {
    const checkpoint = parseTorchCheckpoint(tiny);
    expect(at(checkpoint, 'epoch')).toBe(2.5);
    expect(at(checkpoint, 'amp')).toBeNull();
    expect(at(checkpoint, 'optimizer', 'param_groups', 0, 'amsgrad')).toBe(true);
    expect(at(checkpoint, 'config', 'cmd', 'name')).toBe('größe');
    expect(at(checkpoint, 'config', 'cmd', 'offsets')).toEqual([-1, 300, 70000, -(2 ** 40)]);
    expect(at(checkpoint, 'config', 'cmd', 'seed')).toBe(2n ** 70n);
    expect(at(checkpoint, 'size')).toEqual([2, 3]);
  });

  it('gives tensors of every type, strided and with an offset', () => {
    const checkpoint = parseTorchCheckpoint(tiny);
    const state = at(checkpoint, 'state_dict');
    const weights = (start: number, count: number) =>
      Array.from({ length: count }, (_, k) => (((start + k) % 17) - 8) / 8);
    expect(valuesAt(state, 'module.atom_emb.embeddings.weight')).toEqual(weights(0, 8));
    expect(valuesAt(state, 'module.message_layers.0.x_proj.0.bias')).toEqual(weights(12, 2)); // bfloat16
    expect(valuesAt(state, 'module.message_layers.0.rbf_proj.weight')).toEqual(weights(32, 18)); // transposed, offset 5
    expect(valuesAt(state, 'module.message_layers.0.rbf_proj.bias')).toEqual(weights(50, 6)); // half
    expect(valuesAt(checkpoint, 'normalizers', 'target', 'mean')).toEqual([-1.5]); // no axes
    expect(valuesAt(checkpoint, 'optimizer', 'state', 0, 'step')).toEqual([2 ** 40 + 1]);
    expect(valuesAt(checkpoint, 'mask')).toEqual([1, 0]);
  });

  it('may be written with a newer pickle protocol', () => {
    const checkpoint = parseTorchCheckpoint(fixture('tiny-protocol-4.pt'));
    expect(at(checkpoint, 'config')).toEqual(at(parseTorchCheckpoint(tiny), 'config'));
    expect(valuesAt(checkpoint, 'mask')).toEqual([1, 0]);
  });

  it('may be compressed', () => {
    const checkpoint = parseTorchCheckpoint(zipSync(unzipSync(tiny), { level: 9 }));
    expect(valuesAt(checkpoint, 'normalizers', 'target', 'mean')).toEqual([-1.5]);
  });

  it('of FAIR-Chem is read (skipped without the shared reference data)', ({ skip }) => {
    const path = sharedPath('reference/painn/tiny_direct/checkpoint.pt');
    if (path === undefined) return skip('no shared reference data');
    const checkpoint = parseTorchCheckpoint(readFileSync(path));
    expect(at(checkpoint, 'step')).toBe(1234);
    expect(valuesAt(checkpoint, 'normalizers', 'target', 'std')).toEqual([2.887317180633545]);
    expect(at(checkpoint, 'ema', 'shadow_params')).toHaveLength(43);
  });
});

/** A checkpoint with this pickle; text stands for Latin-1 bytes. */
function withPickle(pickle: string, entries: Record<string, Uint8Array> = {}): Uint8Array {
  return zipSync({ 'archive/data.pkl': strToU8(pickle, true), ...entries }, { level: 0 });
}

function expectRefusal(bytes: Uint8Array, message: RegExp | string): void {
  expect(refusalOf(bytes)).toMatch(message);
}

/** The message that `bytes` are refused with; anything but a LammError is a mistake of ours. */
function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    parseTorchCheckpoint(bytes, { file: 'model.pt' });
    return undefined;
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: 'model.pt' } });
    return error.message;
  }
}

const floatStorage = '(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ';
const rebuild = (window: string) => `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${floatStorage}${window}\x89}tR.`;
const four = { 'archive/data/0': new Uint8Array(16) };

describe('what could run a program is refused by name', () => {
  it.each<[what: string, pickle: string, message: RegExp]>([
    [
      'a call of the shell',
      '\x80\x02cposix\nsystem\nX\x04\0\0\0echo\x85R.',
      /reference to "posix.system", which is refused/,
    ],
    ['a name taken from the stack', '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.', /"os.system"/],
    ['a name that is only mentioned', '\x80\x02c__builtin__\neval\n.', /"__builtin__.eval"/],
    [
      'a longer path of names',
      '\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.',
      /"collections.OrderedDict.__init__"/,
    ],
    ['a name of a JavaScript object', '\x80\x02cconstructor\nconstructor\n.', /"constructor.constructor"/],
    [
      'a class of another package',
      '\x80\x02cocpmodels.trainers\nForcesTrainer\n)\x81.',
      /"ocpmodels.trainers.ForcesTrainer"/,
    ],
    ['a new object', '\x80\x02ccollections\nOrderedDict\n)\x81.', /instruction 0x81 at byte 28, which is refused/],
    [
      'an instruction of old pickles',
      '\x80\x02(S"echo"\nios\nsystem\n.',
      /instruction 0x53 at byte 3, which is refused/,
    ],
    [
      'a dict made at once',
      '\x80\x02ccollections\nOrderedDict\n](X\x01\0\0\0aK\x01\x86e\x85R.',
      /an empty dict to begin with/,
    ],
    ['a call of no function', '\x80\x02X\x04\0\0\0eval)R.', /a function and its arguments/],
  ])('%s', (_, pickle, message) => {
    expectRefusal(withPickle(pickle), message);
  });
});

describe('a damaged checkpoint is one clear error', () => {
  it.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ['nothing', new Uint8Array(), /expected a checkpoint of PyTorch, found no zip file; check the path/],
    ['another file', strToU8('{"a": 1}'), /no zip file/],
    ['the format before PyTorch 1.6', Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c), /PyTorch 1.6 or newer/],
    ['another zip file', zipSync({ 'a.txt': strToU8('a') }), /a zip file without data.pkl/],
    [
      'big-endian numbers',
      withPickle('\x80\x02N.', { 'archive/byteorder': strToU8('big') }),
      /little-endian, found big/,
    ],
    [
      'a pickle without an end',
      withPickle('\x80\x02}'),
      /the pickle is damaged at byte 3: expected 1 more bytes, found 0/,
    ],
    [
      'a text longer than the pickle',
      withPickle('\x80\x02X\xff\xff\xff\x7fabc.'),
      /expected 2147483647 more bytes, found 4/,
    ],
    ['a group that never began', withPickle('\x80\x02t.'), /the beginning of a group/],
    ['an item from below a group', withPickle('\x80\x02N(\x85.'), /an item on the stack/],
    ['an object that was never kept', withPickle('\x80\x02h\x07.'), /an earlier object 7/],
    ['text that is not UTF-8', withPickle('\x80\x02X\x01\0\0\0\xff.'), /text in UTF-8/],
    [
      'a tensor beyond its storage',
      withPickle(rebuild('K\x01K\x02K\x02\x86K\x02K\x01\x86'), four),
      /offset 1 to lie within its storage/,
    ],
    [
      'a tensor of more items than its storage',
      withPickle(rebuild('K\0J\xff\xff\xff\x7f\x85K\0\x85'), four),
      /a storage of 4 items/,
    ],
    [
      'a negative stride',
      withPickle(rebuild('K\x03K\x02\x85J\xff\xff\xff\xff\x85'), four),
      /storage, offset, shape and strides/,
    ],
    ['axes without strides', withPickle(rebuild('K\0K\x02K\x02\x86K\x01\x85'), four), /within its storage/],
    [
      'a storage of another size',
      withPickle(rebuild('K\0K\x02\x85K\x01\x85'), { 'archive/data/0': new Uint8Array(12) }),
      /16 bytes .* found 12/,
    ],
    [
      'a storage that is missing',
      withPickle(rebuild('K\0K\x02\x85K\x01\x85')),
      /16 bytes for the storage "0", found none/,
    ],
  ])('%s', (_, bytes, message) => {
    expectRefusal(bytes, message);
  });

  it('wherever it is cut off', () => {
    for (let end = 0; end < tiny.length; end += 37)
      expectRefusal(tiny.subarray(0, end), /cut off or damaged|no zip file/);
    expectRefusal(tiny.subarray(0, -1), /cut off or damaged/);
  });

  it('wherever its pickle is cut off', () => {
    const { 'best_checkpoint/data.pkl': pickle, ...others } = unzipSync(tiny);
    for (let end = 0; end < pickle.length; end += 173) {
      const bytes = zipSync({ 'best_checkpoint/data.pkl': pickle.subarray(0, end), ...others }, { level: 0 });
      expectRefusal(bytes, 'the pickle is damaged');
    }
  });

  it('and never a crash, a hang or an exception of another kind, whatever bytes there are', () => {
    const { 'best_checkpoint/data.pkl': pickle, ...others } = unzipSync(tiny);
    const changed = (bytes: Uint8Array, [position, byte]: [number, number]) =>
      bytes.with(position % bytes.length, byte);
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusalOf(bytes) !== undefined));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refusalOf(zipSync({ 'archive/data.pkl': Uint8Array.of(0x80, 2, ...bytes) }, { level: 0 }));
      }),
    );
    fc.assert(
      fc.property(change, (one) => void refusalOf(changed(tiny, one))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(change, (one) => {
        refusalOf(zipSync({ 'best_checkpoint/data.pkl': changed(pickle, one), ...others }, { level: 0 }));
      }),
    );
  });

  it('when its tensors take turns in storages that unpack to far more than there is', () => {
    const entries = unzipSync(tiny);
    const [root] = Object.keys(entries)[0].split('/');
    const big = (key: string) =>
      [`(X\x07\0\0\0storagectorch\nByteStorage\nX\x01\0\0\0${key}X\x03\0\0\0cpuJ\0\0\0\x01tQ`].join('');
    const tensor = (key: string) => `ctorch._utils\n_rebuild_tensor_v2\n(${big(key)}K\0K\x01\x85K\x01\x85tR`;
    const pickle = Buffer.from(`\x80\x02(${tensor('a')}${tensor('b')}l.`.replace('l.', 't.'), 'latin1');
    const zeros = new Uint8Array(2 ** 24);
    const file = zipSync({ [`${root}/data.pkl`]: pickle, [`${root}/data/a`]: zeros, [`${root}/data/b`]: zeros });
    const tensors = parseTorchCheckpoint(file) as unknown[];
    const read = (index: number) => {
      const tensor = tensors[index];
      return isTorchTensor(tensor) ? tensorValues(tensor) : undefined;
    };
    for (let time = 0; time < 100; time++) expect(read(0)).toEqual(Float64Array.of(0)); // which is unpacked once
    expect(() => {
      for (let time = 0; time < 100; time++) read(time % 2);
    }).toThrow(/the entry "data\/[ab]" would take more than 3\d MB, far more than an input of/);
  });

  it('when an entry claims to unpack to more than is possible', () => {
    const bytes = zipSync({ 'archive/data.pkl': strToU8('\x80\x02N.', true) }, { level: 9 });
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(directory + 24, 4e9, true);
    expectRefusal(bytes, /cut off or damaged/);
  });

  it('when a storage that a tensor needs cannot be unpacked', () => {
    const packed = zipSync(
      { 'archive/data.pkl': strToU8(rebuild('K\0K\x02\x85K\x01\x85'), true), ...four },
      { level: 9 },
    );
    const data = Buffer.from(packed).indexOf('archive/data/0') + 'archive/data/0'.length;
    const tensor = parseTorchCheckpoint(packed.with(data, 0xff), { file: 'model.pt' });
    expect(() => isTorchTensor(tensor) && tensorValues(tensor)).toThrow(
      /model.pt: the checkpoint is cut off or damaged/,
    );
  });
});

describe('16-bit floats', () => {
  it.each([
    ['HalfStorage', [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000], [1, -2, 65504, 2 ** -14, 2 ** -24, -0]],
    ['HalfStorage', [0x7c00, 0xfc00, 0x7e00], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]],
    ['BFloat16Storage', [0x3f80, 0xc000, 0x0080, 0x0001], [1, -2, 2 ** -126, 2 ** -133]],
    ['BFloat16Storage', [0x7f80, 0xff80, 0x7fc0], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]],
  ])('%s %j', (type, bits, expected) => {
    const count = String.fromCharCode(bits.length);
    const pickle = rebuild(`K\0K${count}\x85K\x01\x85`).replace('FloatStorage', type).replace('K\x04', `K${count}`);
    const data = new Uint8Array(Uint16Array.from(bits).buffer);
    expect(valuesAt([parseTorchCheckpoint(withPickle(pickle, { 'archive/data/0': data }))], 0)).toEqual(expected);
  });
});
