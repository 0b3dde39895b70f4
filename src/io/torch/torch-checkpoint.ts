import { unzipSync } from 'fflate';
import { LammError } from '../../errors.js';
import { InputBudget } from '../bytes/input-budget.js';
import { atPlace } from '../text/place-error.js';
import { isPickleGlobal, type PickleCall, parsePickle } from './pickle.js';
import { elementTypes, isNatural, rebuildTensor, type TorchStorage, unfit } from './torch-tensor.js';

/**
 * Reads what `torch.save` wrote (a zip file with a pickle), without running anything in it.
 *
 * Dicts are Maps, lists and tuples arrays, tensors `TorchTensor`s; see `parsePickle` for the rest.
 *
 * @throws {LammError} `checkpoint` when the bytes are cut off, damaged or something else, or name anything but data and
 *   tensors.
 */
export function parseTorchCheckpoint(bytes: Uint8Array, { file }: { readonly file?: string } = {}): unknown {
  return atPlace({ file }, () => {
    const archive = openArchive(bytes, file);
    assertLittleEndian(archive);
    return parsePickle(archive.read('data.pkl'), {
      globals,
      budget: archive.budget,
      loadReference: (reference) => openStorage(archive, reference),
    });
  });
}

/** What metrics and settings in a checkpoint are made of besides plain data: it is let through, but never read. */
const unreadGlobals = [
  ...['numpy.dtype', 'numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', '_codecs.encode'],
  ...['pathlib.PosixPath', 'pathlib.PurePosixPath', 'pathlib.WindowsPath'],
  ...['torch.device', 'torch.float32', 'torch.float64'],
];

const globals: ReadonlyMap<string, PickleCall> = new Map<string, PickleCall>([
  ['collections.OrderedDict', createDict],
  ['torch.Size', ([items]) => items],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', ([tensor]) => tensor],
  ...[...elementTypes.keys(), ...unreadGlobals].map((name): [string, PickleCall] => [name, () => ({ kind: 'unread' })]),
]);

/**
 * The items of a dict are set by later instructions, never given at once: a dict made of one list again and again could
 * fill the memory.
 */
function createDict(args: readonly unknown[]): Map<unknown, unknown> {
  if (args.length === 0) return new Map();
  throw unfit('an empty dict to begin with', 'arguments for it');
}

function openStorage(archive: Archive, reference: unknown): TorchStorage {
  const [what, typeName, key, , length] = Array.isArray(reference) ? reference : [];
  const type = isPickleGlobal(typeName) ? elementTypes.get(typeName.name) : undefined;
  if (what !== 'storage' || type === undefined || typeof key !== 'string' || !isNatural(length)) {
    throw unfit('a reference to a storage', 'something else');
  }
  const size = archive.sizes.get(`${archive.root}data/${key}`);
  if (size !== length * type.width) {
    throw unfit(`${length * type.width} bytes for the storage ${JSON.stringify(key)}`, `${size ?? 'none'}`);
  }
  return { kind: 'storage', type, length, read: () => archive.read(`data/${key}`) };
}

/** The entries of a zip file that belong to a checkpoint. */
interface Archive {
  /** Folder of `data.pkl`, with a slash at its end. */
  readonly root: string;
  /** Bytes of each entry when unpacked, by whole name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** What reading it may cost. */
  readonly budget: InputBudget;
  /** Unpacks one entry of the folder. */
  readonly read: (name: string) => Uint8Array;
}

/** No format packs better than this, so an entry that claims more is a trap. */
const maxRatio = 1032;
/** Bytes that passing by an entry counts for: whoever unpacks one passes by all. */
const bytesOfPassing = 32;

function openArchive(bytes: Uint8Array, file: string | undefined): Archive {
  assertZip(bytes);
  const sizes = new Map<string, number>();
  unzip(bytes, ({ name, size, originalSize, compression }) => {
    const largest = compression === 0 ? size : maxRatio * size;
    if (size > bytes.length || originalSize > largest || sizes.has(name)) throw damagedZip();
    sizes.set(name, originalSize);
    return false;
  });
  const root = [...sizes.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))?.replace('data.pkl', '');
  if (root === undefined) throw unfit('a checkpoint of PyTorch', 'a zip file without data.pkl');
  const budget = new InputBudget(file, bytes.length);
  let last: { readonly name: string; readonly entry: Uint8Array } | undefined; // which many tensors may share
  const read = (name: string) => {
    if (last?.name === name) return last.entry;
    last = undefined;
    budget.unpack((sizes.get(root + name) ?? 0) + bytesOfPassing * sizes.size, `the entry ${JSON.stringify(name)}`);
    const entry = unzip(bytes, (candidate) => candidate.name === root + name)[root + name];
    if (entry?.length !== sizes.get(root + name)) throw damagedZip();
    last = { name, entry };
    return entry;
  };
  return { root, sizes, budget, read: (name) => atPlace({ file }, () => read(name)) };
}

type EntryFilter = NonNullable<NonNullable<Parameters<typeof unzipSync>[1]>['filter']>;

/** Unpacks the entries that `filter` accepts. */
function unzip(bytes: Uint8Array, filter: EntryFilter): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    throw error instanceof LammError ? error : damagedZip(error);
  }
}

function assertZip(bytes: Uint8Array): void {
  const startsWith = (...magic: number[]) => magic.every((byte, index) => bytes[index] === byte);
  if (startsWith(0x50, 0x4b, 0x03, 0x04)) return;
  if (startsWith(0x80, 0x02, 0x8a, 0x0a)) {
    throw unfit('a checkpoint of PyTorch 1.6 or newer', 'one of an older version; load and save it with a newer one');
  }
  throw unfit('a checkpoint of PyTorch', 'no zip file; check the path');
}

/** Newer versions say in an entry how numbers are stored. */
function assertLittleEndian({ root, sizes, read }: Archive): void {
  if (!sizes.has(`${root}byteorder`)) return;
  const order = new TextDecoder().decode(read('byteorder'));
  if (order !== 'little') throw unfit('numbers stored little-endian', order.slice(0, 20));
}

function damagedZip(cause?: unknown): LammError {
  return new LammError('checkpoint', 'the checkpoint is cut off or damaged; copy or download it again', { cause });
}
