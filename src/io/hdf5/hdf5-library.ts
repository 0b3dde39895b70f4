import type { File, ready } from 'h5wasm/node';

type H5Module = Awaited<typeof ready>;

/** The HDF5 library, whose errors are caught as it reports them, and which can be kept from opening other files. */
export interface Hdf5Library extends FileGuard {
  readonly File: typeof File;
  /** What the library has reported since the last call; empty when all went well. */
  takeReport(): string;
  /** Gives the library up, which was interrupted, and closes its files; whoever loads it next gets another one. */
  abandon(): void;
}

let library: Promise<Hdf5Library> | undefined;
/** Of libraries that were given up. */
let abandonedCount = 0;

/** Loads the library, 4 MB of WebAssembly, once. */
export function loadHdf5Library(): Promise<Hdf5Library> {
  library ??= load();
  return library;
}

async function load(): Promise<Hdf5Library> {
  let report = '';
  const onText = (text: string) => {
    report += text;
  };
  const { File, module } = await importLibrary(onText);
  redirectReports(module, onText);
  const { closeAll, ...guard } = guardFiles(module);
  return {
    File,
    ...guard,
    abandon() {
      closeAll();
      library = undefined;
      abandonedCount++;
    },
    takeReport() {
      const text = report;
      report = '';
      return text;
    },
  };
}

/** Each import under a name of its own is another library with a memory of its own. */
async function importLibrary(onText: (text: string) => void) {
  const { error } = console;
  console.error = (...parts: unknown[]) => onText(parts.join(' ')); // which it keeps for when it gets no memory
  try {
    const url = abandonedCount === 0 ? 'h5wasm/node' : `${import.meta.resolve('h5wasm/node')}?${abandonedCount}`;
    const { File, ready }: typeof import('h5wasm/node') = await import(/* @vite-ignore */ url);
    return { File, module: await ready };
  } finally {
    console.error = error;
  }
}

/**
 * Takes what the library writes on its stderr.  Its other way to tell of errors, exceptions that are thrown through its
 * own code, keeps the file open, and what is read of it later is what it was before.
 */
function redirectReports({ FS }: H5Module, onText: (text: string) => void): void {
  const { getStream } = FS as unknown as { getStream?(descriptor: number): unknown }; // the types of the package lack it
  const stderr = getStream?.(2);
  if (typeof stderr !== 'object' || stderr === null) return;
  const write = (_: unknown, bytes: Uint8Array, offset: number, length: number): number => {
    onText(Buffer.from(bytes.subarray(offset, offset + length)).toString('utf8'));
    return length;
  };
  const characterDevice = 0o020666;
  Object.assign(stderr, { node: { mode: characterDevice }, seekable: false, stream_ops: { write } });
}

interface FileGuard {
  /** Runs `action`, in which no file may be opened but `path`. */
  keepTo<T>(path: string, action: () => T): T;
  /**
   * The file that data were not taken from since the last call, `.` for another place of this one; undefined when there
   * was none.
   */
  takeRefused(): string | undefined;
}

/** Signature of a heap in which lists of parts of virtual data sets lie, among other things of variable length. */
const heapSignature = Buffer.from('GCOL');
/** Where in it the first thing begins, a list with its version, and where that names the file of its first part. */
const listOffset = 32;
const nameOffset = 41;
const latestListVersion = 1;

/**
 * The file that the parts of a virtual data set lie in whose list `bytes` are, `.` where that is not clear; undefined
 * for other bytes.
 */
function virtualFileOf(bytes: Buffer): string | undefined {
  const isList =
    bytes.subarray(0, heapSignature.length).equals(heapSignature) && bytes[listOffset] <= latestListVersion;
  if (!isList) return undefined;
  const [name] = bytes
    .subarray(nameOffset, nameOffset + 255)
    .toString('latin1')
    .split('\0');
  return /^\P{Cc}+$/u.test(name) ? name : '.';
}

/**
 * External links, external storage and virtual data sets name other files, which the library would open on its own.  Of
 * virtual data sets not even the list of their parts is decoded: the library loops without end over one that is
 * damaged.
 */
function guardFiles({ FS }: H5Module): FileGuard & { closeAll(): void } {
  type Files = {
    open(path: string, flags?: unknown, mode?: unknown): unknown;
    close(stream: unknown): void;
    read(stream: unknown, buffer: Uint8Array, offset: number, ...rest: unknown[]): number;
    ErrnoError: new (code: number) => Error;
  };
  const files = FS as unknown as Files; // as above
  const open = files.open.bind(files);
  const close = files.close.bind(files);
  const read = files.read.bind(files);
  const streams = new Set<unknown>();
  const inputError = 29; // EIO
  const noPermission = 2; // EACCES of WASI
  const folderFlag = 0o200000; // O_DIRECTORY
  let allowed: string | undefined;
  let refused: string | undefined;
  files.open = (path, flags, mode) => {
    if (allowed === undefined || path === allowed) {
      const stream = open(path, flags, mode);
      if (allowed !== undefined) streams.add(stream);
      return stream;
    }
    const isFolder = (Number(flags) & folderFlag) !== 0; // where the library looks for plug-ins
    if (!isFolder) refused ??= path;
    throw new files.ErrnoError(noPermission);
  };
  files.close = (stream) => {
    streams.delete(stream);
    close(stream);
  };
  files.read = (stream, buffer, offset, ...rest) => {
    const count = read(stream, buffer, offset, ...rest);
    const file = virtualFileOf(Buffer.from(buffer.buffer, buffer.byteOffset + offset, count));
    if (allowed === undefined || file === undefined) return count;
    refused ??= file;
    throw new files.ErrnoError(inputError);
  };
  return {
    keepTo(path, action) {
      allowed = path;
      try {
        return action();
      } finally {
        allowed = undefined;
      }
    },
    closeAll: () => streams.forEach(files.close),
    takeRefused() {
      const path = refused;
      refused = undefined;
      return path;
    },
  };
}
