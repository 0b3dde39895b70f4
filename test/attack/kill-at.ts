import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Put in front of the program with `node --import`: ends it, as kill -9 does, at the so-manieth time it renames,
// removes, cuts or flushes a file. LAMM_KILL_AT is `N:before` or `N:after` the call; without it the calls are only
// counted and their number is written to LAMM_KILL_COUNT.

const [at, moment] = (process.env.LAMM_KILL_AT ?? '0:before').split(':');
let count = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); // the signal comes at once
}

function watch(holder: object, name: string): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== 'function') return;
  Reflect.set(holder, name, function (this: unknown, ...args: unknown[]) {
    const isIt = ++count === Number(at);
    if (isIt && moment === 'before') die();
    const result: unknown = Reflect.apply(original, this, args);
    if (!isIt) return result;
    if (result instanceof Promise) return result.then(die, die);
    return die();
  });
}

for (const name of ['rename', 'rm', 'unlink', 'truncate']) watch(fs.promises, name);
for (const name of ['renameSync', 'rmSync', 'unlinkSync', 'fsyncSync', 'fdatasyncSync', 'ftruncateSync'])
  watch(fs, name);
const probe = await fs.promises.open(process.execPath, 'r');
for (const name of ['sync', 'datasync', 'truncate']) watch(Object.getPrototypeOf(probe) as object, name);
await probe.close();
syncBuiltinESMExports();

const report = process.env.LAMM_KILL_COUNT;
if (report !== undefined) process.on('exit', () => fs.writeFileSync(report, String(count)));
