import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { attackFile } from './attack-file.js';
import { allBombs } from './bombs.js';
import { attackByLies } from './campaign-lies.js';
import { fillCorpus } from './corpus.js';
import { readAll } from './read-all.js';

// A small part of `npm run attack`, within this process; what needs processes of its own is left to the whole campaign.

/** Seconds of the processor that each part may take; the test itself may wait for a busy machine. */
const effort = 6;
const patience = 600_000;

/** Whether a part that began at `start` has had its time. */
const isOver = (start: NodeJS.CpuUsage) => process.cpuUsage(start).user / 1e6 > effort;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-smoke-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it(
  'damaged files of every format are read or refused',
  async () => {
    const corpus = join(folder, 'corpus');
    await fillCorpus(corpus);
    const files = readdirSync(corpus)
      .sort()
      .map((name) => join(corpus, name));
    expect(files.length).toBeGreaterThan(60);
    const faults: string[] = [];
    const start = process.cpuUsage();
    for (let seed = 0; seed < 1000 && !(seed > 100 && isOver(start)); seed++) {
      const { fault } = await attackFile(seed, files, folder);
      if (fault !== undefined && !/ took /.test(fault)) faults.push(`seed ${seed}, ${fault}`); // the machine may be busy
    }
    expect(faults).toEqual([]);
  },
  patience,
);

it(
  'small inputs that claim, unpack to or nest very much are read or refused',
  async () => {
    const faults: string[] = [];
    const bombs = [...allBombs()];
    expect(bombs.length).toBeGreaterThan(500);
    const start = process.cpuUsage();
    for (let index = 3; index < bombs.length && !isOver(start); index += 37) {
      const { name, bytes } = bombs[index];
      const path = join(folder, name);
      writeFileSync(path, bytes());
      await readAll(path).catch((error: unknown) => {
        if (!(error instanceof LammError)) faults.push(`${name}: ${error}`);
      });
      rmSync(path);
    }
    expect(faults).toEqual([]);
  },
  patience,
);

it(
  'partners that lie are told from those that do not',
  async () => {
    const { attacks, faults } = await attackByLies({ seed: 1, share: 0.1, folder, deadline: Number.POSITIVE_INFINITY });
    expect(attacks).toBe(40);
    expect(faults).toEqual([]);
  },
  patience,
);
