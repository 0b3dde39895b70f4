import { Worker } from 'node:worker_threads';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { type Answer, createQuestions } from '../../threads/questions.js';
import type { Chunk } from './inventory.js';
import type { PreparedFrame, Preparer, PreparerOptions, Symmetry } from './prepare-chunk.js';

/** What a preparing thread starts with. */
export interface PreparingThreadOptions extends PreparerOptions {
  /** Whether structures are needed with all that was read with them, or as a calculation takes them. */
  readonly whole: boolean;
}

/** What it is asked. */
export type PreparingQuestion = { readonly id: number } & (
  | { readonly chunk: Chunk }
  | { readonly structure: Structure }
);

export type PreparingAnswer = { readonly frames: readonly PreparedFrame[] } | { readonly symmetry: Symmetry };

/** Prepares chunks in a thread of its own, so that the next one is read while this thread calculates. */
export function createPreparingThread(workerData: PreparingThreadOptions): Preparer {
  const worker = new Worker(new URL('./preparing-worker.js', import.meta.url), { workerData });
  const questions = createQuestions<PreparingAnswer>(worker);
  worker.unref(); // until it is asked
  worker.on('message', (answer: Answer<PreparingAnswer>) => questions.take(answer));
  worker.on('error', (cause) => {
    const message = `the thread that reads structures failed: ${cause.message}; threads = 1 does without`;
    questions.failAll(new LammError('engine', message, { cause }));
  });
  const send = (question: PreparingQuestion) => worker.postMessage(question);
  return {
    isAside: true,
    async prepare(chunk) {
      const answer = await questions.ask((id) => send({ id, chunk }));
      return 'frames' in answer ? answer.frames : [];
    },
    async symmetryOf({ numbers, positions, cell, pbc, masses }) {
      const structure = { numbers, positions, cell, pbc, masses, labels: {}, info: {}, arrays: {} };
      const answer = await questions.ask((id) => send({ id, structure }));
      return 'symmetry' in answer ? answer.symmetry : {};
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
