import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * A function for callers that work side by side: what they ask in one turn of the event loop is answered at once by
 * `answerAll`, which says of each what came of it, in order.
 */
export function answerByTurns<Asked, Answer>(
  answerAll: (asked: readonly Asked[]) => Promise<readonly PromiseSettledResult<Answer>[]>,
): (asked: Asked) => Promise<Answer> {
  let waiting:
    | { readonly all: Asked[]; readonly answers: Promise<readonly PromiseSettledResult<Answer>[]> }
    | undefined;

  async function answerWaiting(all: readonly Asked[]): Promise<readonly PromiseSettledResult<Answer>[]> {
    await nextTurn();
    waiting = undefined;
    return answerAll(all);
  }

  return async (asked) => {
    if (waiting === undefined) {
      const all: Asked[] = [];
      waiting = { all, answers: answerWaiting(all) };
    }
    const { all, answers } = waiting;
    const place = all.push(asked) - 1;
    const outcome = (await answers)[place];
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  };
}
