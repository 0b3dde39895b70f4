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
    compiled ??= compile();
    return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernels; // the names above are those of the sources
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LammError('engine', `the fused engine cannot run here: ${reason}; the engine onnx can`, { cause });
  }
}

/** With multiplication and addition as one instruction where this version of Node knows it; such results differ in their last bits. */
function compile(): WebAssembly.Module {
  const fused = read('kernels-fma.wasm');
  return new WebAssembly.Module(WebAssembly.validate(fused) ? fused : read('kernels.wasm'));
}

function read(name: string): Uint8Array {
  return readBytesSync(fileURLToPath(new URL(`../../../kernels/${name}`, import.meta.url)));
}
