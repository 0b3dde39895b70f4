import { setFlagsFromString } from 'node:v8';

/**
 * Compiles the kernels that multiply and add in one instruction (relaxed SIMD) where they round once, otherwise `plain`; such results differ
 * in their last bits.
 *
 * Node 20 knows the instructions, but accepts them only behind a flag of V8, which is raised here for the moment of compiling; later versions
 * need none.  That is safe: the flag makes the compiler of WebAssembly accept some more opcodes, whose encoding is final since before Node 20,
 * and changes nothing else in the process; a module keeps what it was compiled with.  What the instructions do is seen by their results.
 */
export function compileRounding(fused: Uint8Array, plain: Uint8Array): WebAssembly.Module {
  const module = WebAssembly.validate(plain) ? compileRelaxed(fused) : undefined;
  return module !== undefined && roundsOnce(module) ? module : new WebAssembly.Module(plain);
}

function compileRelaxed(bytes: Uint8Array): WebAssembly.Module | undefined {
  if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  try {
    return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
  } finally {
    setFlagsFromString('--no-experimental-wasm-relaxed-simd');
  }
}

/**
 * Factors whose products single precision cannot hold, and addends that leave of them just what would be rounded away: of sums in the first
 * two lanes, of differences in the others.
 */
const a = [1 + 2 ** -12, 1 - 2 ** -13, -3 - 2 ** -12, 1 / 3].map(Math.fround);
const b = [1 + 2 ** -11, 1 + 2 ** -12, 5 + 2 ** -14, 3].map(Math.fround);
const c = a.map((factor, lane) => Math.fround(factor * b[lane]) * (lane < 2 ? -1 : 1));

/** Whether these kernels round a b + c and c - a b once; double precision holds both exactly. */
export function roundsOnce(module: WebAssembly.Module): boolean {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { multiplyAdd } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  if (typeof multiplyAdd !== 'function') return false;
  const lanes = new Float32Array(memory.buffer, 0, 20);
  lanes.set([...a, ...b, ...c]);
  multiplyAdd(0, 16, 32, 48);
  return a.every((factor, lane) => {
    const product = factor * b[lane];
    return lanes[12 + lane] === Math.fround(c[lane] + product) && lanes[16 + lane] === Math.fround(c[lane] - product);
  });
}
