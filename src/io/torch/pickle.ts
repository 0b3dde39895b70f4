import { LammError } from '../../errors.js';
import { InputBudget } from '../bytes/input-budget.js';

/** A function or class that a pickle names; it is a name and nothing else. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** An object of a known class: what it was made with, which is data and nothing else. */
export interface PickleObject {
  readonly kind: 'object';
  /** Of its class. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Usually the dict of its attributes. */
  state: unknown;
}

/** What stands for a call of a known function or class. */
export type PickleCall = (args: readonly unknown[]) => unknown;

export interface PickleOptions {
  /** The names that are known; a pickle with any other is refused. */
  readonly globals: ReadonlyMap<string, PickleCall>;
  /** The names of the classes whose objects are known; they are among `globals` too. */
  readonly classes?: ReadonlySet<string>;
  /** What the pickle may cost; by its own length when absent. */
  readonly budget?: InputBudget;
  /** The object that a persistent reference stands for. */
  readonly loadReference: (reference: unknown) => unknown;
}

/**
 * Reads a Python pickle of plain data.  Nothing is ever executed: a pickle is a list of instructions for a stack
 * machine, and this one only knows those that build data, and only the names in `globals`.
 *
 * None is null; int a number, or a bigint beyond 2^53; tuple and list are arrays; dict is a Map; bytes are a
 * Uint8Array; an object of the known `classes` is a `PickleObject`, which may hold itself.  Attributes of others are
 * dropped.  Time and memory are bounded by `budget`; nothing recurses.
 *
 * @throws {LammError} `checkpoint`, with the name or instruction that is refused, or when the pickle is cut off or
 *   damaged.
 * @see https://docs.python.org/3/library/pickletools.html for the instructions.
 */
export function parsePickle(bytes: Uint8Array, options: PickleOptions): unknown {
  return parsePickleAt(bytes, 0, options).value;
}

/** Reads the pickle that begins at byte `start` and says where it ends: some files hold several, one after another. */
export function parsePickleAt(
  bytes: Uint8Array,
  start: number,
  options: PickleOptions,
): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { bytes, view, position: start, stack: [], marks: [], memo: new Map(), made: 0, options };
  const budget = options.budget ?? new InputBudget(undefined, bytes.length);
  let asked = 0;
  for (;;) {
    const code = readUnsigned(machine, 1);
    machine.made += costs.get(code) ?? minCost;
    if (machine.made > asked) {
      budget.allow(machine.made, 'the pickle');
      asked = machine.made + 2 ** 16;
    }
    if (code === stopCode) return { value: pop(machine), end: machine.position };
    const instruction = instructions.get(code);
    if (instruction === undefined) throw refusedInstruction(machine, code);
    instruction(machine);
  }
}

export function isPickleObject(value: unknown): value is PickleObject {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'object';
}

export function isPickleGlobal(value: unknown): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
}

interface Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  readonly stack: unknown[];
  /** Heights of the stack where a group of items begins. */
  readonly marks: number[];
  readonly memo: Map<number, unknown>;
  /** About how many bytes of memory the instructions took. */
  made: number;
  readonly options: PickleOptions;
}

type Instruction = (machine: Machine) => void;

const stopCode = 0x2e;

// biome-ignore format: one row per instruction
const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  /* PROTO            */ [0x80, (m) => take(m, 1)],
  /* FRAME            */ [0x95, (m) => take(m, 8)],
  /* MARK             */ [0x28, (m) => m.marks.push(m.stack.length)],
  /* NONE             */ [0x4e, (m) => m.stack.push(null)],
  /* NEWTRUE          */ [0x88, (m) => m.stack.push(true)],
  /* NEWFALSE         */ [0x89, (m) => m.stack.push(false)],
  /* BININT           */ [0x4a, (m) => m.stack.push(readUnsigned(m, 4) | 0)],
  /* BININT1          */ [0x4b, (m) => m.stack.push(readUnsigned(m, 1))],
  /* BININT2          */ [0x4d, (m) => m.stack.push(readUnsigned(m, 2))],
  /* LONG1            */ [0x8a, (m) => m.stack.push(readLong(m))],
  /* BINFLOAT         */ [0x47, (m) => m.stack.push(m.view.getFloat64(skip(m, 8)))],
  /* BINUNICODE       */ [0x58, (m) => m.stack.push(readText(m, readUnsigned(m, 4)))],
  /* SHORT_BINUNICODE */ [0x8c, (m) => m.stack.push(readText(m, readUnsigned(m, 1)))],
  /* BINUNICODE8      */ [0x8d, (m) => m.stack.push(readText(m, readLength(m)))],
  /* BINBYTES         */ [0x42, (m) => m.stack.push(take(m, readUnsigned(m, 4)))],
  /* SHORT_BINBYTES   */ [0x43, (m) => m.stack.push(take(m, readUnsigned(m, 1)))],
  /* BINBYTES8        */ [0x8e, (m) => m.stack.push(take(m, readLength(m)))],
  /* BYTEARRAY8       */ [0x96, (m) => m.stack.push(take(m, readLength(m)))],
  /* EMPTY_TUPLE      */ [0x29, (m) => m.stack.push([])],
  /* TUPLE            */ [0x74, (m) => m.stack.push(popGroup(m))],
  /* TUPLE1           */ [0x85, (m) => m.stack.push(popMany(m, 1))],
  /* TUPLE2           */ [0x86, (m) => m.stack.push(popMany(m, 2))],
  /* TUPLE3           */ [0x87, (m) => m.stack.push(popMany(m, 3))],
  /* EMPTY_LIST       */ [0x5d, (m) => m.stack.push([])],
  /* APPEND           */ [0x61, (m) => append(m, popMany(m, 1))],
  /* APPENDS          */ [0x65, (m) => append(m, popGroup(m))],
  /* EMPTY_DICT       */ [0x7d, (m) => m.stack.push(new Map())],
  /* SETITEM          */ [0x73, (m) => setItems(m, popMany(m, 2))],
  /* SETITEMS         */ [0x75, (m) => setItems(m, popGroup(m))],
  /* BINPUT           */ [0x71, (m) => m.memo.set(readUnsigned(m, 1), top(m))],
  /* LONG_BINPUT      */ [0x72, (m) => m.memo.set(readUnsigned(m, 4), top(m))],
  /* MEMOIZE          */ [0x94, (m) => m.memo.set(m.memo.size, top(m))],
  /* BINGET           */ [0x68, (m) => m.stack.push(recall(m, readUnsigned(m, 1)))],
  /* LONG_BINGET      */ [0x6a, (m) => m.stack.push(recall(m, readUnsigned(m, 4)))],
  /* GLOBAL           */ [0x63, (m) => m.stack.push(findGlobal(m, [readLine(m), readLine(m)]))],
  /* STACK_GLOBAL     */ [0x93, (m) => m.stack.push(findGlobal(m, popMany(m, 2)))],
  /* REDUCE           */ [0x52, (m) => m.stack.push(call(m, popMany(m, 2)))],
  /* NEWOBJ           */ [0x81, (m) => m.stack.push(createObject(m, popMany(m, 2)))],
  /* BUILD            */ [0x62, (m) => build(m, pop(m))],
  /* BINPERSID        */ [0x51, (m) => m.stack.push(m.options.loadReference(pop(m)))],
]);

/**
 * Bytes of memory that an instruction takes, where it is more than a place on the stack: dicts, objects, lists, names
 * and what is remembered.
 */
const minCost = 16;
const costs: ReadonlyMap<number, number> = new Map([
  ...[0x7d, 0x52, 0x81].map((code) => [code, 256] as const),
  ...[0x63, 0x93].map((code) => [code, 128] as const),
  ...[0x5d, 0x29, 0x74, 0x85, 0x86, 0x87, 0x71, 0x72, 0x94].map((code) => [code, 64] as const),
]);

function skip(machine: Machine, length: number): number {
  const start = machine.position;
  if (length > machine.bytes.length - start) {
    throw damaged(machine, `expected ${length} more bytes, found ${machine.bytes.length - start}`);
  }
  machine.position += length;
  return start;
}

function take(machine: Machine, length: number): Uint8Array {
  const start = skip(machine, length);
  return machine.bytes.subarray(start, start + length);
}

/** Unsigned little-endian number of 1, 2 or 4 bytes. */
function readUnsigned(machine: Machine, length: 1 | 2 | 4): number {
  return take(machine, length).reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** Unsigned little-endian number of 8 bytes; what is too large for a number is too long for the pickle. */
function readLength(machine: Machine): number {
  return Number(machine.view.getBigUint64(skip(machine, 8), true));
}

/** Two's complement of any length up to 255 bytes. */
function readLong(machine: Machine): number | bigint {
  const bytes = take(machine, readUnsigned(machine, 1));
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * bytes.length, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readText(machine: Machine, length: number): string {
  const bytes = take(machine, length);
  try {
    return utf8.decode(bytes);
  } catch {
    throw damaged(machine, 'expected text in UTF-8');
  }
}

function readLine(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.position);
  if (end < 0) throw damaged(machine, 'expected a name on a line');
  const line = readText(machine, end - machine.position);
  machine.position++;
  return line;
}

function top(machine: Machine): unknown {
  const { stack, marks } = machine;
  if (stack.length > (marks.at(-1) ?? 0)) return stack.at(-1);
  throw damaged(machine, 'expected an item on the stack');
}

function pop(machine: Machine): unknown {
  top(machine);
  return machine.stack.pop();
}

function popMany(machine: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => pop(machine)).reverse();
}

/** The items since the last mark, without the mark. */
function popGroup(machine: Machine): unknown[] {
  const mark = machine.marks.pop();
  if (mark === undefined) throw damaged(machine, 'expected the beginning of a group');
  return machine.stack.splice(mark);
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw damaged(machine, 'expected a list to append to');
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dict = top(machine);
  if (!(dict instanceof Map) || items.length % 2 !== 0) throw damaged(machine, 'expected a dict and pairs for it');
  for (let index = 0; index < items.length; index += 2) dict.set(items[index], items[index + 1]);
}

function recall(machine: Machine, index: number): unknown {
  if (machine.memo.has(index)) return machine.memo.get(index);
  throw damaged(machine, `expected an earlier object ${index}`);
}

function findGlobal(machine: Machine, [module, member]: readonly unknown[]): PickleGlobal {
  if (typeof module !== 'string' || typeof member !== 'string') throw damaged(machine, 'expected two names');
  const name = `${module}.${member}`;
  if (machine.options.globals.has(name)) return { kind: 'global', name };
  throw new LammError(
    'checkpoint',
    `expected plain data and tensors, found a reference to ${JSON.stringify(name.slice(0, 200))}, which is refused: it could run any ` +
      'program; save the data again without such objects',
    { actual: name },
  );
}

function call(machine: Machine, [callee, args]: readonly unknown[]): unknown {
  const action = isPickleGlobal(callee) ? machine.options.globals.get(callee.name) : undefined;
  if (action === undefined || !Array.isArray(args)) throw damaged(machine, 'expected a function and its arguments');
  return action(args);
}

/** An object of a known class; a new object of any other could be anything. */
function createObject(machine: Machine, [callee, args]: readonly unknown[]): PickleObject {
  const name = isPickleGlobal(callee) ? callee.name : '';
  if (!machine.options.classes?.has(name)) throw refusedInstruction(machine, 0x81);
  if (!Array.isArray(args)) throw damaged(machine, 'expected a class and its arguments');
  return { kind: 'object', name, args, state: null };
}

function build(machine: Machine, state: unknown): void {
  const object = top(machine);
  if (isPickleObject(object)) object.state = state;
}

function refusedInstruction({ position }: Machine, code: number): LammError {
  return new LammError(
    'checkpoint',
    `expected a pickle of plain data, found the instruction 0x${code.toString(16)} at byte ${position - 1}, which is refused`,
  );
}

function damaged({ position }: Machine, what: string): LammError {
  return new LammError(
    'checkpoint',
    `the pickle is damaged at byte ${position}: ${what}; copy or download the file again`,
  );
}
