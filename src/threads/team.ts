import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { LammError } from '../errors.js';

/**
 * Does one item of a round, in shared arrays or by what it returns: an object of typed arrays.
 * The items of a round do not depend on one another, and each may be done again from its start.
 */
export type Work<Result = unknown> = (round: number, item: number) => Result;

/** This thread and others that work on the same shared arrays. */
export interface Team extends AsyncDisposable {
  /** Gives the other threads what they work on from now on; arrays in shared memory are not copied. */
  share(task: unknown): void;
  /**
   * Does the items 0 ... count - 1 of a round (at most 255) and returns what they return when all are done; `work` is
   * this thread's.
   *
   * Who does which item is left to chance.  When an item throws, all are done once more by this thread alone, so that
   * the first that cannot be done throws its error here.
   *
   * @throws {LammError} `engine` when a thread could not be started.
   */
  run<Result>(round: number, count: number, work: Work<Result>): Result[];
}

/** What a thread of a team starts with; its entry hands it to `serveTeam`. */
export interface TeamSeat {
  /** Which of the threads it is, from 1; 0 is the thread that made the team. */
  readonly index: number;
  readonly control: Int32Array;
  readonly port: MessagePort;
}

// Words of the control array.  The ticket holds the number of the round since the start and, in its lowest bits, how
// many of the items nobody has taken yet: whoever makes it one less has the next item.  A thread that wakes late finds
// no tickets of a round that is over.
const ticketWord = 0;
const doneWord = 1;
const countWord = 2;
const roundWord = 3;
const taskWord = 4;
const failedWord = 5;
const wordCount = 6;

const itemBits = 8;
const itemMask = 2 ** itemBits - 1;
const roundMask = 2 ** 22 - 1;
const stopTicket = -1;

/**
 * Starts `threadCount - 1` threads from the module at `entry`, which do not keep the process alive; `recipe` comes to
 * each with its seat as `workerData`.
 */
export function createTeam(threadCount: number, entry: URL, recipe: unknown): Team {
  const control = new Int32Array(new SharedArrayBuffer(wordCount * Int32Array.BYTES_PER_ELEMENT));
  let failure: Error | undefined;
  const members = Array.from({ length: threadCount - 1 }, (_, member) =>
    startMember({ control, index: member + 1 }, entry, recipe),
  );
  for (const { worker } of members) worker.on('error', (error) => (failure = error));
  let roundNumber = 0;
  return {
    share(task) {
      for (const { port } of members) port.postMessage(task);
      control[taskWord]++;
    },
    run<Result>(round: number, count: number, work: Work<Result>) {
      if (failure) {
        const message = `a thread of the calculator failed: ${failure.message}; threads = 1 does without`;
        throw new LammError('engine', message, { cause: failure });
      }
      control[roundWord] = round;
      control[countWord] = count;
      control[doneWord] = 0;
      control[failedWord] = 0;
      roundNumber = (roundNumber + 1) & roundMask;
      Atomics.store(control, ticketWord, (roundNumber << itemBits) | count);
      Atomics.notify(control, ticketWord);
      const results: Result[] = [];
      const keep = (item: number, result: Result) => {
        results[item] = result;
      };
      while (doItem(control, () => work, keep)) {}
      for (let done = Atomics.load(control, doneWord); done < count; done = Atomics.load(control, doneWord)) {
        Atomics.wait(control, doneWord, done);
      }
      for (const { port } of members) takeResults(port, keep);
      if (control[failedWord]) for (let item = 0; item < count; item++) keep(item, work(round, item));
      return results;
    },
    async [Symbol.asyncDispose]() {
      Atomics.store(control, ticketWord, stopTicket);
      Atomics.notify(control, ticketWord);
      await Promise.all(members.map(({ worker }) => worker.terminate()));
    },
  };
}

interface Member {
  readonly worker: Worker;
  readonly port: MessagePort;
}

function startMember(place: Pick<TeamSeat, 'index' | 'control'>, entry: URL, recipe: unknown): Member {
  const { port1: port, port2 } = new MessageChannel();
  const seat: TeamSeat = { ...place, port: port2 };
  const worker = new Worker(entry, { workerData: { seat, recipe }, transferList: [port2] });
  worker.unref();
  port.unref();
  return { worker, port };
}

// What the thread at the other end has sent so far; the event loop is not needed for that.
function takeResults<Result>(port: MessagePort, keep: (item: number, result: Result) => void): void {
  for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
    keep(received.message.item, received.message.result);
  }
}

/**
 * The life of a thread of a team: sleeps until there are items, does some, until the team is disposed; `open` makes its
 * work of what was shared.
 */
export function serveTeam({ control, port }: TeamSeat, open: (task: unknown) => Work): void {
  let received = 0;
  let work: Work | undefined;
  const currentWork = (): Work => {
    for (; received < control[taskWord] || work === undefined; received++) {
      work = open(receiveMessageOnPort(port)?.message);
    }
    return work;
  };
  const send = (item: number, result: unknown) => {
    if (result !== undefined) port.postMessage({ item, result }, buffersOf(result));
  };
  for (;;) {
    const ticket = Atomics.load(control, ticketWord);
    if (ticket === stopTicket) return;
    if (!doItem(control, currentWork, send)) Atomics.wait(control, ticketWord, ticket & ~itemMask);
  }
}

// Memory that moves to the other thread with a result.
function buffersOf(result: unknown): ArrayBuffer[] {
  const arrays = Object.values(result ?? {}).map((value: unknown) =>
    ArrayBuffer.isView(value) ? value.buffer : undefined,
  );
  return arrays.filter((buffer) => buffer instanceof ArrayBuffer);
}

// Takes an item, if there is one, and does it.
function doItem<Result>(
  control: Int32Array,
  workOf: () => Work<Result>,
  keep: (item: number, result: Result) => void,
): boolean {
  const ticket = Atomics.load(control, ticketWord);
  const left = ticket & itemMask;
  if (left === 0 || ticket === stopTicket) return false;
  if (Atomics.compareExchange(control, ticketWord, ticket, ticket - 1) !== ticket) return true;
  const count = control[countWord];
  try {
    const item = count - left;
    keep(item, workOf()(control[roundWord], item));
  } catch {
    Atomics.store(control, failedWord, 1);
  }
  if (Atomics.add(control, doneWord, 1) + 1 === count) Atomics.notify(control, doneWord);
  return true;
}
