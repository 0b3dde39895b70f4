import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allEnded } from '../src/all-ended.js';

it('waits for all work to end before it tells the first failure', async () => {
  const ended: string[] = [];
  const work = async (name: string, ms: number) => {
    await sleep(ms);
    ended.push(name);
    if (name !== 'sound') throw new Error(name);
  };
  await expect(allEnded([work('late', 40), work('sound', 20), work('early', 0)])).rejects.toThrow('late');
  expect(ended.sort()).toEqual(['early', 'late', 'sound']);
  await allEnded([work('sound', 0)]);
});
