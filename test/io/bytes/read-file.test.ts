import { execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readBytesSync, readText, readTextSync } from '../../../src/io/bytes/read-file.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');

it('a file and a pipe are read to their ends', async () => {
  await writeFile(inFolder('file'), 'caf\u00e9');
  expect(readTextSync(inFolder('file'))).toBe('caf\u00e9');
  execFileSync('mkfifo', [inFolder('pipe')]);
  const feeder = spawn('sh', ['-c', 'head -c 3000000 /dev/zero > "$0"', inFolder('pipe')], { stdio: 'ignore' });
  expect(readBytesSync(inFolder('pipe')).equals(Buffer.alloc(3_000_000))).toBe(true);
  await new Promise((resolve) => feeder.once('close', resolve));
});

it.each(['/dev/zero', '/dev/null'])('%s, which may have no end, is refused', async (path) => {
  expect(() => readBytesSync(path)).toThrow(/expected a file, found a device/);
  await expect(readText(path)).rejects.toThrow(/expected a file, found a device/);
});
