import { parentPort, workerData } from 'node:worker_threads';
import type { Structure } from '../../structure/structure.js';
import { packError } from '../../threads/packed-error.js';
import type { Answer } from '../../threads/questions.js';
import { createPreparer, type PreparedFrame, type Preparer } from './prepare-chunk.js';
import type { PreparingAnswer, PreparingQuestion, PreparingThreadOptions } from './preparing-thread.js';

/** The thread behind `createPreparingThread`: answers one question after another, as files are read in order. */
function serve({ whole, ...options }: PreparingThreadOptions): void {
  const preparer = createPreparer(options);
  const answer = (message: Answer<PreparingAnswer>) => parentPort?.postMessage(message);
  let before = Promise.resolve();
  parentPort?.on('message', (question: PreparingQuestion) => {
    const { id } = question;
    before = before.then(async () => {
      try {
        answer({ id, result: await answerTo(question, { preparer, whole }) });
      } catch (error) {
        answer({ id, error: packError(error) });
      }
    });
  });
}

async function answerTo(
  question: PreparingQuestion,
  { preparer, whole }: { readonly preparer: Preparer; readonly whole: boolean },
): Promise<PreparingAnswer> {
  if ('structure' in question) return { symmetry: await preparer.symmetryOf(question.structure) };
  const frames = await preparer.prepare(question.chunk);
  return { frames: whole ? frames : frames.map(asCalculated) };
}

/** A frame without what no calculation reads, which need not be copied to the other thread. */
function asCalculated(frame: PreparedFrame): PreparedFrame {
  if ('error' in frame) return frame;
  const { numbers, positions, cell, pbc, masses, fixed, constraints } = frame.structure;
  const structure: Structure = {
    ...{ numbers, positions, cell, pbc, masses, labels: {}, info: {}, arrays: {} },
    ...(fixed && { fixed }),
    ...(constraints && { constraints }),
  };
  return { ...frame, structure };
}

serve(workerData);
