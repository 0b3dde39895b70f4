import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives all tests one folder for what they write, and what tests or programs that were killed leave there goes with it.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lamm-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
