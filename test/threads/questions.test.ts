import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { LammError } from '../../src/errors.js';
import { packError } from '../../src/threads/packed-error.js';
import { createQuestions } from '../../src/threads/questions.js';

/** A link that counts whether it keeps the process alive. */
function createLink() {
  const link = {
    isHeld: false,
    ref() {
      link.isHeld = true;
    },
    unref() {
      link.isHeld = false;
    },
  };
  return link;
}

test('every question gets its own answer, whatever their order, and the process is held meanwhile', async () => {
  const link = createLink();
  const questions = createQuestions<string>(link);
  const ids: number[] = [];
  const answers = [0, 1, 2].map(() => questions.ask((id) => ids.push(id)));
  expect(new Set(ids).size).toBe(3);
  expect([questions.openCount, link.isHeld]).toEqual([3, true]);
  for (const id of ids.toReversed()) questions.take({ id, result: `answer ${ids.indexOf(id)}` });
  expect(await Promise.all(answers)).toEqual(['answer 0', 'answer 1', 'answer 2']);
  expect([questions.openCount, link.isHeld]).toEqual([0, false]);
});

test('an error arrives as it was thrown in the other thread, with its code and details', async () => {
  const { port1, port2 } = new MessageChannel();
  const questions = createQuestions<never>(port1);
  port1.on('message', (answer) => questions.take(answer));
  port2.on('message', ({ id }) => {
    const error = new LammError('format', 'expected 3 numbers', { file: 'a.xyz', line: 7 });
    port2.postMessage({ id, error: packError(error) });
  });
  const asked = questions.ask((id) => port1.postMessage({ id }));
  await expect(asked).rejects.toThrow(/^a\.xyz:7: expected 3 numbers$/);
  await expect(asked).rejects.toMatchObject({ code: 'format', details: { file: 'a.xyz', line: 7 } });
  port1.close();
});

test('all that wait fail when the other thread is gone, and an answer that comes too late is dropped', async () => {
  const link = createLink();
  const questions = createQuestions<string>(link);
  const answers = [0, 1].map(() => questions.ask(() => undefined));
  questions.failAll(new LammError('engine', 'the thread has ended'));
  for (const answer of answers) await expect(answer).rejects.toThrow(/has ended/);
  expect(link.isHeld).toBe(false);
  expect(() => questions.take({ id: 0, result: 'late' })).not.toThrow();
});
