/**
 * Counts in a file that several such processes share, each time under its lock; or holds the lock until it is killed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { LammError } from '../../src/errors.js';
import { lockFile } from '../../src/journal/run-lock.js';

const [file, count] = process.argv.slice(2);

async function countOnce(): Promise<boolean> {
  try {
    await using lock = await lockFile(file);
    const before = Number(readFileSync(file, 'utf8'));
    await setTimeout(3);
    await lock.assertHeld();
    writeFileSync(file, String(before + 1));
    return true;
  } catch (error) {
    if (error instanceof LammError && error.code === 'locked') return false;
    throw error;
  }
}

if (count === 'hold') {
  await lockFile(file);
  console.log('holding');
  await setTimeout(1e6);
}
for (let done = 0; done < Number(count); ) {
  if (await countOnce()) done++;
  else await setTimeout(2 * Math.random());
}
console.log('done');
