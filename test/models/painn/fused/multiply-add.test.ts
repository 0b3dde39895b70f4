import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../../../../src/models/painn/fused/kernels.js';
import { compileRounding, roundsOnce } from '../../../../src/models/painn/fused/multiply-add.js';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../../src/kernels/${name}`, import.meta.url)));
const fused = read('kernels-fma.wasm');
const plain = read('kernels.wasm');

function multipliesAndAdds(): boolean {
  return arch() === 'arm64' || (existsSync('/proc/cpuinfo') && /\bfma\b/.test(readFileSync('/proc/cpuinfo', 'utf8')));
}

describe('the kernels that are compiled', () => {
  it('round products and sums once, where the processor can', ({ skip }) => {
    if (!multipliesAndAdds()) skip('this processor is not known to multiply and add in one instruction');
    expect(roundsOnce(compileRounding(fused, plain))).toBe(true);
    expect(roundsOnce(compileKernels())).toBe(true);
    expect(roundsOnce(new WebAssembly.Module(plain))).toBe(false);
  });

  it('are the plain ones where the others round twice, or are not understood', () => {
    const roundsTwice = compileRounding(plain, plain);
    expect(roundsOnce(roundsTwice)).toBe(false);
    const damaged = compileRounding(fused.slice(0, -1), plain);
    expect(roundsOnce(damaged)).toBe(false);
  });

  it('leave the process as it was, and print nothing', () => {
    const built = new URL('../../../../dist/src/models/painn/fused/kernels.js', import.meta.url);
    const script = `
      import { readFileSync } from 'node:fs';
      const fused = readFileSync(${JSON.stringify(fileURLToPath(new URL('../../../../src/kernels/kernels-fma.wasm', import.meta.url)))});
      const before = WebAssembly.validate(fused);
      const { compileKernels } = await import(${JSON.stringify(built.href)});
      compileKernels();
      if (WebAssembly.validate(fused) !== before) console.log('the flag stays raised');
    `;
    const output = execFileSync('/bin/sh', ['-c', '"$0" --input-type=module -e "$1" 2>&1', process.execPath, script]);
    expect(output.toString()).toBe('');
  });
});
