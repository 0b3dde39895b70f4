// Compiles the kernels of the fused engine, unless what is there is newer than their sources, and puts them where the
// built program looks: once with fused multiply-add (relaxed SIMD), which not every version of Node has, and once
// without.
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}src/kernels/`;
const targets = [
  { name: 'kernels.wasm', options: [] },
  { name: 'kernels-fma.wasm', options: ['--enable', 'relaxed-simd'] },
];

for (const { name, options } of targets) {
  if (!isUpToDate(name)) await compile(name, options);
  cpSync(folder + name, `${root}dist/src/kernels/${name}`);
}

function isUpToDate(name) {
  if (!existsSync(folder + name)) return false;
  const sources = readdirSync(folder).filter((source) => !source.endsWith('.wasm'));
  const lastChange = Math.max(...sources.map((source) => statSync(folder + source).mtimeMs));
  return statSync(folder + name).mtimeMs > lastChange;
}

async function compile(name, options) {
  const { default: asc } = await import('assemblyscript/asc').catch(() => {
    console.error('the compiler of src/kernels is not installed: npm ci');
    process.exit(1);
  });
  const args = ['--config', 'src/kernels/asconfig.json', ...options, '--outFile', `src/kernels/${name}`];
  const { error, stderr } = await asc.main(args, { baseDir: root });
  if (error === null) return;
  console.error(stderr.toString());
  process.exit(1);
}
