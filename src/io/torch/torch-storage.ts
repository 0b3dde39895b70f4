import { isPickleGlobal, type PickleCall, type PickleOptions, parsePickleAt } from './pickle.js';
import { elementTypes, isNatural, isTorchStorage, type TorchStorage, unfit } from './torch-tensor.js';

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

const globals: ReadonlyMap<string, PickleCall> = new Map(
  [...elementTypes.keys()].map((name): [string, PickleCall] => [name, () => ({ kind: 'unread' })]),
);

/**
 * The storage that a tensor carries in a plain pickle: a small file of `torch.save` of its own, in the form before
 * PyTorch 1.6, which later versions use here too: pickles of a magic number, a version, the kind of machine, the
 * storage and its key, then the numbers.
 *
 * @throws {LammError} `checkpoint`.
 */
export function parseTorchStorage(bytes: Uint8Array): TorchStorage {
  let position = 0;
  const next = (loadReference: PickleOptions['loadReference'] = noReference): unknown => {
    const { value, end } = parsePickleAt(bytes, position, { globals, loadReference });
    position = end;
    return value;
  };
  if (next() !== magicNumber || next() !== protocolVersion)
    throw unfit('a tensor as torch.save writes it', 'another one');
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw unfit('numbers stored little-endian', 'big-endian ones');
  const storages = new Map<string, OldStorage>();
  const root = next((reference) => createStorage(reference, storages));
  const keys = next();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(String(key));
    if (storage === undefined) throw unfit('the key of a storage', 'another one');
    position = fillStorage(storage, bytes, position);
  }
  if (isTorchStorage(root)) return root;
  throw unfit('the storage of a tensor', 'something else');
}

interface OldStorage extends TorchStorage {
  data: Uint8Array | undefined;
}

/** `('storage', type, key, device, length, no view)` */
function createStorage(reference: unknown, storages: Map<string, OldStorage>): OldStorage {
  const [what, typeName, key, , length, view] = Array.isArray(reference) ? reference : [];
  const type = isPickleGlobal(typeName) ? elementTypes.get(typeName.name) : undefined;
  const isWhole = view === null || view === undefined;
  if (what !== 'storage' || type === undefined || typeof key !== 'string' || !isNatural(length) || !isWhole)
    throw unfit('a reference to a storage', 'something else');
  const known = storages.get(key);
  if (known !== undefined) return known;
  const storage: OldStorage = {
    kind: 'storage',
    type,
    length,
    data: undefined,
    read() {
      if (this.data === undefined) throw unfit('the numbers of a storage', 'none');
      return this.data;
    },
  };
  storages.set(key, storage);
  return storage;
}

/** Takes the number of items in 8 bytes, and the items; returns where they end. */
function fillStorage(storage: OldStorage, bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = start + 8 <= bytes.length ? view.getBigInt64(start, true) : -1n;
  const end = start + 8 + storage.length * storage.type.width;
  if (count !== BigInt(storage.length) || end > bytes.length)
    throw unfit(`${storage.length} numbers of a storage`, 'fewer; the pickle is cut off or damaged');
  storage.data = bytes.subarray(start + 8, end);
  return end;
}

function noReference(): never {
  throw unfit('plain data', 'a reference to a storage');
}
