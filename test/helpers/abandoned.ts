import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { temporaryName } from '../../src/io/bytes/temporary-file.js';

/** Leaves half a file as a writer of `path` does that is killed; returns where it lies. */
export function abandon(path: string): string {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  const name = temporaryName(path).replace(`-${process.pid}.`, `-${pid}.`);
  writeFileSync(name, 'half');
  return name;
}
