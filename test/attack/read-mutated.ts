import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { attackFile } from './attack-file.js';

interface Request {
  readonly from: number;
  readonly to: number;
  /** Folder of sound files. */
  readonly corpus: string;
  /** Where damaged ones may be made. */
  readonly folder: string;
}

// A process that answers with a report for each input, and says beforehand which one is next: whoever asks knows which
// one hangs.
process.on('message', async ({ from, to, corpus, folder }: Request) => {
  const files = readdirSync(corpus)
    .sort()
    .map((name) => join(corpus, name));
  for (let seed = from; seed < to; seed++) {
    process.send?.({ began: seed });
    process.send?.(await attackFile(seed, files, folder));
  }
  process.send?.({ done: true });
});
