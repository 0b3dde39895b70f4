import { LammError } from '../../../errors.js';

/** Memory that kernels and threads share, given out piece by piece; addresses are in bytes. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /**
   * Room for so many bytes of zeros or of what was there before.
   *
   * @throws {LammError} `engine` when there is no more.
   */
  allocate(bytes: number): number;
  /** Takes back everything that was given out from this address on. */
  releaseFrom(address: number): void;
}

const pageBytes = 65536;
const maxPages = 65536;
/** Rows of packets begin on a cache line. */
const alignment = 64;

export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maxPages, shared: true });
  let end = 1024; // address 0 stands for nothing
  return {
    memory,
    allocate(bytes) {
      const address = end;
      end = Math.ceil((end + bytes) / alignment) * alignment;
      const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
      if (missing > 0) grow(memory, missing);
      return address;
    },
    releaseFrom(address) {
      end = address;
    },
  };
}

function grow(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    const needed = (memory.buffer.byteLength + pages * pageBytes) / 2 ** 30;
    const message = `the fused engine needs ${needed.toFixed(1)} GiB for these atoms, of at most 4; the engine onnx has no such limit`;
    throw new LammError('engine', message, { cause });
  }
}
