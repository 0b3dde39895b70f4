import type { File, ready } from 'h5wasm/node';

type H5Module = Awaited<typeof ready>;

/** The HDF5 library, whose errors are caught as it reports them, and which can be kept from opening other files. */
export interface Hdf5Library extends FileGuard {
  readonly File: typeof File;
  /** What the library has reported since the last call; empty when all went well. */
  takeReport(): string;
}

let library: Promise<Hdf5Library> | undefined;

/** Loads the library, 4 MB of WebAssembly, once. */
export function loadHdf5Library(): Promise<Hdf5Library> {
  library ??= load();
  return library;
}

async function load(): Promise<Hdf5Library> {
  const { File, ready } = await import('h5wasm/node');
  const library = await ready;
  let report = '';
  redirectReports(library, (text) => {
    report += text;
  });
  return {
    File,
    ...guardFiles(library),
    takeReport() {
      const text = report;
      report = '';
      return text;
    },
  };
}

/**
 * Takes what the library writes on its stderr.  Its other way to tell of errors, exceptions that are thrown through its own code, keeps
 * the file open, and what is read of it later is what it was before.
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
  /** The file that was not opened since the last call; undefined when there was none. */
  takeRefused(): string | undefined;
}

/** External links, external storage and virtual data sets name other files, which the library would open on its own. */
function guardFiles({ FS }: H5Module): FileGuard {
  type Files = {
    open(path: string, flags?: unknown, mode?: unknown): unknown;
    ErrnoError: new (code: number) => Error;
  };
  const files = FS as unknown as Files; // as above
  const open = files.open.bind(files);
  const noPermission = 2; // EACCES of WASI
  const folderFlag = 0o200000; // O_DIRECTORY
  let allowed: string | undefined;
  let refused: string | undefined;
  files.open = (path, flags, mode) => {
    if (allowed === undefined || path === allowed) return open(path, flags, mode);
    const isFolder = (Number(flags) & folderFlag) !== 0; // where the library looks for plug-ins
    if (!isFolder) refused ??= path;
    throw new files.ErrnoError(noPermission);
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
    takeRefused() {
      const path = refused;
      refused = undefined;
      return path;
    },
  };
}
