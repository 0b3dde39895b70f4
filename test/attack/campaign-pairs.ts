import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../src/random.js';
import { differenceOf, prepared, runUndisturbed } from './campaign-kills.js';
import { lastLine, runLamm } from './run.js';
import type { Effort, Tally } from './tally.js';
import { type Verb, verbs } from './verbs.js';

/**
 * Starts a verb, and again in the same folder while it runs: one is refused, or both end, and the results are whole.
 */
export async function attackByPairs({ seed, share, folder, deadline }: Effort): Promise<Tally> {
  const faults: string[] = [];
  let [attacks, refused, undecided] = [0, 0, 0];
  const random = createRandom(seed);
  const long = verbs.filter(({ checkpoint }) => checkpoint !== undefined).map(lengthened);
  const pairsEach = Math.max(1, Math.round((20 * share) / long.length));
  for (const verb of long) {
    const whole = await runUndisturbed(verb, folder);
    if (typeof whole === 'string') {
      faults.push(`${verb.name}: ${whole}`);
      continue;
    }
    for (let pair = 0; pair < pairsEach && performance.now() < deadline; pair++) {
      const at = prepared(verb, folder);
      const first = runLamm({ args: verb.args, folder: at });
      await sleep(300 + random.integer(1500));
      const second = await runLamm({ args: [...verb.args, ...verb.again], folder: at });
      const ended = await first;
      if (ended.isLate || second.isLate) {
        undecided++;
        rmSync(at, { recursive: true, force: true });
        continue;
      }
      attacks++;
      refused += [ended, second].filter(({ exitCode }) => exitCode === 2).length; // on a busy machine the first may come second
      const failed = [ended, second].find(({ exitCode }) => exitCode !== 0 && exitCode !== 2);
      const fault = failed
        ? lastLine(failed)
        : ended.exitCode === 2 && second.exitCode === 2
          ? `both were refused: ${lastLine(ended)}`
          : differenceOf(at, verb, whole.results);
      if (fault !== undefined) faults.push(`${verb.name}, pair ${pair}: ${fault}`);
      rmSync(at, { recursive: true, force: true });
    }
  }
  return {
    name: 'pairs of processes',
    attacks,
    faults,
    notes: `${refused} processes refused; ${undecided} pairs came to no end in time`,
  };
}

/** Long enough that two runs meet. */
function lengthened(verb: Verb): Verb {
  const args = verb.args.map((word) => (word === '20' ? '400' : word === '0.001' ? '1e-9' : word));
  return { ...verb, args };
}
