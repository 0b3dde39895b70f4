import { mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/**
 * Bundles a TypeScript file of test/ into JavaScript that a separate process can run, and returns its path.
 * It lies in a new folder inside node_modules, where it finds the packages that it needs; whoever asked removes the
 * folder.
 */
export async function bundleForNode(pathInTest: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const outDir = mkdtempSync(join(root, 'node_modules', '.test-bundle-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: {
      ssr: join(root, 'test', pathInTest),
      outDir,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  return join(outDir, basename(pathInTest).replace(/\.ts$/, '.mjs'));
}
