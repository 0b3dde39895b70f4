import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file of the shared reference data that may lie beside the checkout; undefined where it does not. */
export function sharedPath(relative: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${relative}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
