// Compiles the kernels of the fused engine, unless what is there is newer than their sources, and puts them where the built program looks.
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}src/kernels/`;
const target = `${folder}kernels.wasm`;

if (!isUpToDate()) await compile();
cpSync(target, `${root}dist/src/kernels/kernels.wasm`);

function isUpToDate() {
  if (!existsSync(target)) return false;
  const sources = readdirSync(folder).filter((name) => name !== 'kernels.wasm');
  const lastChange = Math.max(...sources.map((name) => statSync(folder + name).mtimeMs));
  return statSync(target).mtimeMs > lastChange;
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc').catch(() => {
    console.error('the compiler of src/kernels is not installed: npm ci');
    process.exit(1);
  });
  const { error, stderr } = await asc.main(
    ['--config', 'src/kernels/asconfig.json', '--outFile', 'src/kernels/kernels.wasm'],
    {
      baseDir: root,
    },
  );
  if (error === null) return;
  console.error(stderr.toString());
  process.exit(1);
}
