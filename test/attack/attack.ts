import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { attackByBombs } from './campaign-bombs.js';
import { attackByFlips } from './campaign-flips.js';
import { attackByKills } from './campaign-kills.js';
import { attackByLies } from './campaign-lies.js';
import { attackByMutation } from './campaign-mutate.js';
import { attackByPairs } from './campaign-pairs.js';
import { type Effort, formatTally, type Tally } from './tally.js';

/** The parts of the campaign, and which part of the time each may have. */
const campaigns: Readonly<Record<string, readonly [attack: (effort: Effort) => Promise<Tally>, share: number]>> = {
  lies: [attackByLies, 0.05],
  pairs: [attackByPairs, 0.1],
  flips: [attackByFlips, 0.15],
  kills: [attackByKills, 0.25],
  bombs: [attackByBombs, 0.25],
  mutations: [attackByMutation, 0.2],
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '1' },
    verb: { type: 'string', multiple: true },
    last: { type: 'string' },
  },
});
const unknown = values.only?.find((name) => !(name in campaigns));
if (unknown !== undefined) {
  console.error(`expected --only ${Object.keys(campaigns).join(' | ')}, found ${unknown}`);
  process.exit(2);
}

const chosen = Object.entries(campaigns).filter(([name]) => values.only?.includes(name) ?? true);
const whole = chosen.reduce((sum, [, [, share]]) => sum + share, 0);
let faults = 0;
for (const [, [attack, share]] of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'lamm-attack-'));
  const started = performance.now();
  const narrowed = { verbs: values.verb, ...(values.last !== undefined && { lastPlaces: Number(values.last) }) };
  const deadline = started + (Number(values.minutes) * 60_000 * share) / whole;
  try {
    const tally = await attack({
      seed: Number(values.seed),
      share: Number(values.share),
      ...narrowed,
      folder,
      deadline,
    });
    faults += tally.faults.length;
    console.log(`${formatTally(tally)} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = faults === 0 ? 0 : 1;
