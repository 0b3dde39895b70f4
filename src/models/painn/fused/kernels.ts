import { fileURLToPath } from 'node:url';
import { LammError } from '../../../errors.js';
import { readBytesSync } from '../../../io/bytes/read-file.js';
import { compileRounding } from './multiply-add.js';

/** The functions of `src/kernels`, which say what they do; arguments are counts, addresses in bytes and strides in bytes. */
export type Kernels = Readonly<Record<KernelName, (...args: number[]) => void>>;

const names = [
  'multiplyRows',
  'sumMessages',
  'sumMessageAdjoints',
  'sumMoments',
  'pullMoments',
  'activate',
  'activateAdjoint',
  'normalizeRows',
  'normalizeRowsAdjoint',
  'addMessages',
  'takeRows',
  'measureVectors',
  'updateScalars',
  'updateVectors',
  'packMessages',
  'mixAdjoint',
  'projectAdjoint',
  'mixLastAdjoint',
  'projectLastAdjoint',
  'packAdjoints',
  'unpackAdjoints',
  'readEnergies',
  'repeatRow',
  'clear',
  'joinLengths',
  'gateVectors',
  'takeFirst',
] as const;

export type KernelName = (typeof names)[number];

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles the kernels that this machine takes, once for all that ask: `npm run build` has made two kinds of them. Other threads get the
 * module from whoever asked first, so that all calculate the same bits.
 *
 * @throws {LammError} `engine` when this processor has no SIMD instructions.
 */
export function compileKernels(): WebAssembly.Module {
  compiled ??= explained(() => compileRounding(read('kernels-fma.wasm'), read('kernels.wasm')));
  return compiled;
}

/**
 * Makes the kernels ready to work in this memory.
 *
 * @throws {LammError} `engine` when they cannot.
 */
export function openKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return explained(() => new WebAssembly.Instance(module, { env: { memory } }).exports as Kernels); // the names above are those of the sources
}

function explained<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LammError('engine', `the fused engine cannot run here: ${reason}; the engine onnx can`, { cause });
  }
}

function read(name: string): Uint8Array {
  return readBytesSync(fileURLToPath(new URL(`../../../kernels/${name}`, import.meta.url)));
}
