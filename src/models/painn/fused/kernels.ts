import { fileURLToPath } from 'node:url';
import { LammError } from '../../../errors.js';
import { readBytesSync } from '../../../io/bytes/read-file.js';

/** The functions of `src/kernels`, which say what they do; arguments are counts, addresses in bytes and strides in bytes. */
export type Kernels = Readonly<Record<KernelName, (...args: number[]) => void>>;

const names = [
  'multiplyRows',
  'sumMessages',
  'sumFirstMessages',
  'sumMessageAdjoints',
  'pullFirstEdges',
  'activate',
  'activateAdjoint',
  'normalizeRows',
  'normalizeRowsAdjoint',
  'addMessages',
  'addFirstMessages',
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
 * Makes the kernels ready to work in this memory; `npm run build` compiles them.
 *
 * @throws {LammError} `engine` when this processor has no SIMD instructions.
 */
export function openKernels(memory: WebAssembly.Memory): Kernels {
  try {
    compiled ??= new WebAssembly.Module(
      readBytesSync(fileURLToPath(new URL('../../../kernels/kernels.wasm', import.meta.url))),
    );
    return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernels; // the names above are those of the sources
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LammError('engine', `the fused engine cannot run here: ${reason}; the engine onnx can`, { cause });
  }
}
