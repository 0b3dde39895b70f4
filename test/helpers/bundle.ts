import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Bundles a TypeScript file of test/ into JavaScript that a separate process can run, and returns its path. */
export async function bundleForNode(pathInTest: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../${pathInTest}`, import.meta.url));
  const outDir = mkdtempSync(join(tmpdir(), 'lamm-bundle-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    build: {
      ssr: entry,
      outDir,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  return join(outDir, basename(pathInTest).replace(/\.ts$/, '.mjs'));
}
