import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runProcess } from './cli.js';

/** A Chromium on the path; undefined where there is none. */
export function findBrowser(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version'], { timeout: 60_000 }).status === 0,
  );
}

/**
 * The document as it stands after a headless browser has run the scripts of a page for a few seconds of its own time.
 */
export async function renderPage(browser: string, page: string): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), 'lamm-browser-'));
  try {
    const { stdout } = await runProcess(browser, [
      '--headless=new',
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=5000',
      '--dump-dom',
      pathToFileURL(page).href,
    ]);
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
