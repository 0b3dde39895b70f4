import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isAbsolute, resolve } from 'node:path';

/** Every path that this process opens from now on; to be imported before anything that opens files. */
export const opened: string[] = [];

/** Opened by the program itself: its own files, and what the system shows of itself. */
const isOwn = (path: string) => /node_modules|\/dist\/|^\/(proc|sys|dev)\//.test(path);

/** Paths that were opened since the last call and lie neither in `folder` nor in the program. */
export function takeForeign(folder: string): string[] {
  return opened
    .splice(0)
    .map((path) => (isAbsolute(path) ? path : resolve(path)))
    .filter((path) => !isOwn(path) && !path.startsWith(folder));
}

/** Puts a note in front of a function that takes a path first. */
function watch(holder: object, name: string): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== 'function') return;
  Reflect.set(holder, name, (...args: unknown[]) => {
    if (typeof args[0] === 'string') opened.push(args[0]);
    return Reflect.apply(original, holder, args);
  });
}

for (const name of ['openSync', 'open', 'readFileSync', 'readFile', 'createReadStream', 'writeFileSync'])
  watch(fs, name);
for (const name of ['open', 'readFile', 'writeFile']) watch(fs.promises, name);
syncBuiltinESMExports();
