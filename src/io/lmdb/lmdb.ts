import { LammError } from '../../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';

/** Where a value lies in a file. */
export interface ValueSpan {
  /** First byte. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

const pageHeaderSize = 16;
const magic = 0xbeefc0de;
const flags = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
const nodeFlags = { bigData: 1, subDatabase: 2, duplicates: 4 } as const;
const noPage = 2n ** 64n - 1n;
const maxDepth = 32;

/**
 * Finds all values of the main table of an LMDB file, in the order of their keys; nothing is locked or written.
 *
 * @see Chu, The Lightning Memory-Mapped Database (LMDB), mdb.c: page and node layout of data version 1, 64-bit.
 * @throws {LammError} `format` when the file is no such database, or is damaged or cut off.
 */
export function* iterateLmdb(source: ByteSource): Generator<readonly [key: Buffer, value: ValueSpan]> {
  const { pageSize, root, depth } = readMeta(source);
  if (root === noPage) return;
  const tree: Tree = { source, pageSize, remaining: Math.ceil(source.size / pageSize), unread: source.size };
  yield* walk(tree, root, Math.min(depth, maxDepth));
}

/** Whether a file that begins with these bytes is such a database. */
export function isLmdb(head: Buffer): boolean {
  return head.length >= pageHeaderSize + 4 && head.readUInt32LE(pageHeaderSize) === magic;
}

interface Tree {
  readonly source: ByteSource;
  readonly pageSize: number;
  /** Pages that a sound tree can still have; a damaged one might go in circles. */
  remaining: number;
  /** Bytes that values can still have; those of a damaged tree might lie in the same place. */
  unread: number;
}

interface Meta {
  readonly pageSize: number;
  readonly transaction: bigint;
  readonly root: bigint;
  readonly depth: number;
}

/** The younger of the two meta pages. */
function readMeta(source: ByteSource): Meta {
  const first = parseMeta(source, 0);
  if (first === undefined) fail(source, 'expected an LMDB database (data.mdb), found something else');
  const second = parseMeta(source, first.pageSize);
  return second !== undefined && second.transaction > first.transaction ? second : first;
}

function parseMeta(source: ByteSource, offset: number): Meta | undefined {
  if (source.size < offset + 152) return undefined;
  const page = source.read(offset, 152);
  if (page.readUInt32LE(16) !== magic || (page.readUInt16LE(10) & flags.meta) === 0) return undefined;
  const version = page.readUInt32LE(20);
  if (version !== 1)
    fail(source, `expected data version 1 of LMDB, found ${version}; rewrite the database with LMDB 0.9 (python-lmdb)`);
  const pageSize = page.readUInt32LE(40);
  if (pageSize < 256 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    fail(source, `expected a page size from 256 to 65536 bytes, found ${pageSize}`);
  if ((page.readUInt16LE(92) & 0x04) !== 0)
    fail(source, 'expected one value for each key, found a table with duplicates');
  return {
    pageSize,
    depth: page.readUInt16LE(94),
    root: page.readBigUInt64LE(128),
    transaction: page.readBigUInt64LE(144),
  };
}

function* walk(tree: Tree, number: bigint, depth: number): Generator<readonly [Buffer, ValueSpan]> {
  const { source, pageSize } = tree;
  if (depth <= 0 || tree.remaining-- <= 0)
    fail(source, 'the tree of the database is deeper or larger than it says; the file is damaged');
  const page = source.read(toOffset(tree, number), pageSize);
  const kind = page.readUInt16LE(10);
  const isBranch = (kind & flags.branch) !== 0;
  if (!isBranch && (kind & flags.leaf) === 0)
    fail(source, `expected a branch or leaf at page ${number}, found a page of the kind ${kind}`);
  const lower = page.readUInt16LE(12);
  if (lower < pageHeaderSize || lower > pageSize) fail(source, `page ${number} is damaged`);
  for (let at = pageHeaderSize; at < lower; at += 2) {
    const node = page.readUInt16LE(at);
    if (node < lower || node + 8 > pageSize) fail(source, `page ${number} is damaged`);
    if (isBranch) yield* walk(tree, childOf(page, node), depth - 1);
    else yield readLeaf(tree, { page, node, number });
  }
}

function childOf(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
}

function readLeaf(
  tree: Tree,
  { page, node, number }: { page: Buffer; node: number; number: bigint },
): readonly [Buffer, ValueSpan] {
  const { source, pageSize } = tree;
  const length = page.readUInt32LE(node);
  const kind = page.readUInt16LE(node + 4);
  const keyEnd = node + 8 + page.readUInt16LE(node + 6);
  if ((kind & (nodeFlags.subDatabase | nodeFlags.duplicates)) !== 0)
    fail(source, 'expected plain values, found a table inside the table');
  const isBig = (kind & nodeFlags.bigData) !== 0;
  if (keyEnd + (isBig ? 8 : length) > pageSize) fail(source, `page ${number} is damaged`);
  tree.unread -= length;
  if (tree.unread < 0) fail(source, 'the values are longer than the file; it is damaged');
  const key = page.subarray(node + 8, keyEnd);
  if (!isBig) return [key, { offset: toOffset(tree, number) + keyEnd, length }];
  const overflow = toOffset(tree, page.readBigUInt64LE(keyEnd));
  const kindOfPage = source.read(overflow, pageHeaderSize).readUInt16LE(10);
  if ((kindOfPage & flags.overflow) === 0)
    fail(source, `expected a page of overflow at byte ${overflow}; the file is damaged`);
  return [key, { offset: overflow + pageHeaderSize, length }];
}

function toOffset({ source, pageSize }: Tree, page: bigint): number {
  if (page > BigInt(Math.floor(Number.MAX_SAFE_INTEGER / pageSize)))
    fail(source, `expected the number of a page, found ${page}; the file is damaged`);
  return Number(page) * pageSize;
}

function fail({ file }: ByteSource, message: string): never {
  throw new LammError('format', message, { file });
}
