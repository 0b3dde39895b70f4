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

/** Bytes that there can be, and those of them that addresses begin after. */
export const maxArenaBytes = pageBytes * maxPages;
const firstAddress = 1024; // address 0 stands for nothing
/** Rows of packets begin on a cache line. */
const alignment = 64;

export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maxPages, shared: true });
  let end = firstAddress;
  return {
    memory,
    allocate(bytes) {
      const address = end;
      end = alignedEnd(address, bytes);
      const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
      if (missing > 0) grow(memory, missing);
      return address;
    },
    releaseFrom(address) {
      end = address;
    },
  };
}

/** How many bytes would be given out. */
export function measureArena(use: (arena: Pick<Arena, 'allocate'>) => void): number {
  let end = 0;
  use({
    allocate(bytes) {
      const address = end;
      end = alignedEnd(address, bytes);
      return address;
    },
  });
  return end;
}

function alignedEnd(address: number, bytes: number): number {
  return Math.ceil((address + bytes) / alignment) * alignment;
}

function grow(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    const needed = (memory.buffer.byteLength + pages * pageBytes) / 2 ** 30;
    const message = `the fused engine needs ${needed.toFixed(1)} GiB, which this machine does not give; free memory, or take the engine onnx`;
    throw new LammError('engine', message, { cause });
  }
}
