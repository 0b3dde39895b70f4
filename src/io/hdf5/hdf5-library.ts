import type { File, ready } from 'h5wasm/node';

type H5Module = Awaited<typeof ready>;

/** The HDF5 library, whose errors are caught as it reports them. */
export interface Hdf5Library {
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
  let report = '';
  redirectReports(await ready, (text) => {
    report += text;
  });
  return {
    File,
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
