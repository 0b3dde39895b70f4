import { LammError } from '../../errors.js';
import { decodeNumbers } from '../ase/number-types.js';
import type { NdArray } from '../ase/values.js';
import { InputBudget } from '../bytes/input-budget.js';
import { isPickleObject, type PickleCall, parsePickle } from '../torch/pickle.js';
import { parseTorchStorage } from '../torch/torch-storage.js';
import {
  elementTypes,
  isTorchTensor,
  rebuildTensor,
  type TorchStorage,
  tensorValues,
  unfit,
} from '../torch/torch-tensor.js';

/** The attributes of a graph of PyTorch Geometric by their names; values are read by `toArray` and `toScalar`. */
export type GraphAttributes = ReadonlyMap<string, unknown>;

const dataClass = 'torch_geometric.data.data.Data';
const storeClass = 'torch_geometric.data.storage.GlobalStorage';
/** What the graphs of newer versions mention, but do not use. */
const unusedClasses = ['torch_geometric.data.data.DataTensorAttr', 'torch_geometric.data.data.DataEdgeAttr'];
const numpyArray = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];
const numpyScalar = ['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'];
const numpyBuffer = ['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer'];
const classes: ReadonlySet<string> = new Set([dataClass, storeClass]);

/** Calls that only note what they were called with; the numbers are read when they are asked for. */
const notedCalls = ['numpy.dtype', ...numpyArray, ...numpyScalar, ...numpyBuffer];
const namesOnly = ['numpy.ndarray', dataClass, storeClass, ...unusedClasses, ...elementTypes.keys()];

/**
 * Reads a pickled graph of PyTorch Geometric 1 or 2 (`torch_geometric.data.Data`), or a pickled dict; nothing in it is
 * executed.
 *
 * @throws {LammError} `checkpoint`, without a place, with the name that is refused, or when the pickle is damaged.
 */
export function parseGraph(bytes: Uint8Array, budget?: InputBudget): GraphAttributes {
  return attributesOf(parsePlain(bytes, budget));
}

/** Reads a pickle of plain data, arrays of NumPy and tensors of PyTorch; see `parseGraph`. */
export function parsePlain(bytes: Uint8Array, budget = new InputBudget(undefined, bytes.length)): unknown {
  const storages = new Map<unknown, TorchStorage>(); // each is read once, however often it is mentioned
  const loadStorage: PickleCall = ([packed]) => {
    if (!(packed instanceof Uint8Array)) throw unfit('the bytes of a tensor', 'something else');
    const storage = storages.get(packed) ?? parseTorchStorage(packed);
    storages.set(packed, storage);
    return storage;
  };
  const globals = new Map<string, PickleCall>([
    ['torch._utils._rebuild_tensor_v2', rebuildTensor],
    ['torch.storage._load_from_bytes', loadStorage],
    ['collections.OrderedDict', () => new Map()],
    ['torch.Size', ([items]) => items],
    ...notedCalls.map((name): [string, PickleCall] => [name, (args) => ({ kind: 'object', name, args, state: null })]),
    ...namesOnly.map((name): [string, PickleCall] => [name, () => refuseCall(name)]),
  ]);
  return parsePickle(bytes, { globals, classes, budget, loadReference: () => refuseCall('a storage in another file') });
}

function refuseCall(name: string): never {
  throw unfit('plain data and tensors', `a call of ${name}`);
}

/** Version 1 keeps the attributes in the object itself, version 2 in a store that knows the object. */
function attributesOf(graph: unknown): GraphAttributes {
  if (isPickleObject(graph) && graph.name === dataClass) {
    const own = entriesOf(graph.state);
    const store = own.get('_store');
    return isPickleObject(store) ? entriesOf(entriesOf(store.state).get('_mapping')) : own;
  }
  if (graph instanceof Map) return entriesOf(graph);
  throw unfit('a graph of PyTorch Geometric, or a dict', isPickleObject(graph) ? graph.name : 'something else');
}

/** What is None was not given. */
function entriesOf(dict: unknown): GraphAttributes {
  if (!(dict instanceof Map)) throw unfit('the attributes of a graph', 'something else');
  const entries = [...(dict as ReadonlyMap<unknown, unknown>)]; // a dict of the pickle, keys and values of any kind
  return new Map(
    entries.flatMap(([name, value]): [string, unknown][] =>
      typeof name === 'string' && value !== null ? [[name, value]] : [],
    ),
  );
}

/** The shape of a value that `toArray` reads, without reading its numbers; undefined for a value of another kind. */
export function shapeOf(value: unknown): readonly number[] | undefined {
  if (isTorchTensor(value)) return value.shape;
  if (typeof value === 'number' || typeof value === 'boolean') return [];
  return packedArrayOf(value)?.shape;
}

/**
 * The numbers of a tensor, an array or scalar of NumPy, or a number.
 *
 * @throws {LammError} `format`, without a place, for anything else and for numbers that are not finite.
 */
export function toArray(value: unknown, name: string): NdArray {
  const shape = shapeOf(value);
  const values = valuesOf(value);
  if (shape === undefined || values === undefined) return fail(name, 'expected numbers');
  const bad = values.find((number) => !Number.isFinite(number));
  return bad === undefined ? { shape, values } : fail(name, `expected finite numbers, found ${bad}`);
}

/** A number, or an array of one. */
export function toScalar(value: unknown, name: string): number {
  const { values } = toArray(value, name);
  return values.length === 1 ? values[0] : fail(name, `expected one number, found ${values.length}`);
}

function valuesOf(value: unknown): Float64Array | undefined {
  if (isTorchTensor(value)) return tensorValues(value);
  if (typeof value === 'number' || typeof value === 'boolean') return Float64Array.of(Number(value));
  const array = packedArrayOf(value);
  if (array === undefined || !(array.bytes instanceof Uint8Array) || (array.isColumnMajor && array.shape.length > 1))
    return undefined;
  const { buffer, byteOffset, byteLength } = array.bytes;
  const values = decodeNumbers(Buffer.from(buffer, byteOffset, byteLength), ...typeOf(array.type));
  return values.length === array.shape.reduce((product, size) => product * size, 1) ? values : undefined;
}

interface PackedArray {
  readonly shape: readonly number[];
  readonly type: unknown;
  readonly bytes: unknown;
  readonly isColumnMajor: boolean;
}

/** An array or scalar of NumPy as it is pickled: made at once, or made empty and given its state later. */
function packedArrayOf(value: unknown): PackedArray | undefined {
  if (!isPickleObject(value)) return undefined;
  const { name, args } = value;
  const state: unknown[] = Array.isArray(value.state) ? value.state : [];
  if (numpyScalar.includes(name)) return { shape: [], type: args[0], bytes: args[1], isColumnMajor: false };
  const [bytes, type, shape, isColumnMajor] = numpyBuffer.includes(name)
    ? [args[0], args[1], args[2], args[3] === 'F']
    : [state[4], state[2], state[1], state[3] === true];
  const isArray = numpyBuffer.includes(name) || numpyArray.includes(name);
  return isArray && isShape(shape) ? { shape, type, bytes, isColumnMajor } : undefined;
}

const kinds: Readonly<Record<string, string>> = { f: 'float', i: 'int', u: 'uint' };

/** Name of a type of NumPy as `decodeNumbers` has it, and whether the smallest byte comes first. */
function typeOf(value: unknown): [name: string, isLittleEndian: boolean] {
  const [code]: readonly unknown[] = isPickleObject(value) ? value.args : [];
  const [, order]: unknown[] = isPickleObject(value) && Array.isArray(value.state) ? value.state : [];
  const [, kind = '', width = ''] = /^([fiub])(\d+)$/.exec(String(code)) ?? [];
  return [kind === 'b' ? 'bool' : `${kinds[kind]}${8 * Number(width)}`, order !== '>'];
}

function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function fail(name: string, what: string): never {
  throw new LammError('format', `${what} for ${name}`, { quantity: name });
}
