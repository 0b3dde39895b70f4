/** Runs, or carries on, a training of the linear model in the folder given as argument; meant to be killed. */
import { argv, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { pretrain } from '../../pretrain/pretrain.js';
import { killableSettings, linearSetup } from './linear-training.js';

for await (const event of pretrain(await linearSetup(argv[2], killableSettings))) {
  if (event.kind !== 'step') continue;
  stdout.write(`${event.progress.step}\n`);
  await setTimeout(2); // leaves time to kill it in the middle
}
