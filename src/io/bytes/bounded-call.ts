import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

/** What a call may take. */
export interface CallLimits {
  /** After which it is interrupted, wherever it is. */
  readonly seconds: number;
  /** That memories of WebAssembly may grow by. */
  readonly bytes: number;
}

/** How a call ended: by itself, or given up over one of its limits. */
export type CallEnd<T> =
  | { readonly end: 'returned'; readonly result: T }
  | { readonly end: 'failed'; readonly error: unknown }
  | {
      readonly end: 'overTime';
      /** Whether it worked in that time, rather than wait: for its turn, for a disk, or for the program to go on. */
      readonly wasBusy: boolean;
    };

/**
 * Calls functions of a library in WebAssembly that may loop, or ask for memory, without end; memory that is taken
 * counts over all calls.  A library that was interrupted is in no state that anything can be done with any more.
 */
export function createBoundedCalls({ seconds, bytes }: CallLimits) {
  let [grown, isOverMemory] = [0, false];
  const isAllowed = (more: number) => {
    isOverMemory ||= grown + more > bytes;
    if (grown + more > bytes) return false;
    grown += more;
    return true;
  };
  return {
    call: <T>(action: () => T): CallEnd<T> => withGrowth(isAllowed, () => interruptAfter(seconds, action)),
    /** Whether memory was refused in any of the calls. */
    isOverMemory: () => isOverMemory,
  };
}

/** A script can be interrupted, and with it whatever it calls. */
const script = new Script('run()');
const sandbox = createContext({ run: (): void => undefined });

function interruptAfter<T>(seconds: number, action: () => T): CallEnd<T> {
  let end: CallEnd<T> | undefined;
  const before = secondsOfThread();
  sandbox.run = () => {
    try {
      end = { end: 'returned', result: action() };
    } catch (error) {
      end = { end: 'failed', error };
    }
  };
  try {
    script.runInContext(sandbox, { timeout: Math.ceil(1000 * seconds) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error; // node's errors have a code
  }
  return end ?? { end: 'overTime', wasBusy: !(secondsOfThread() - before < leastShare * seconds) };
}

/** Of its time, that a call which comes to no end has the processor at least, however busy the machine is. */
const leastShare = 0.05;

/** Of the processor that this thread has had, to 0.01 s; NaN where the system does not say it so. */
function secondsOfThread(): number {
  try {
    const row = readFileSync('/proc/thread-self/stat', 'latin1');
    const words = row.slice(row.lastIndexOf(')') + 2).split(' '); // behind the name, from the third on
    return (Number(words[11]) + Number(words[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** Of Linux for its users, on every machine. */
const ticksPerSecond = 100;

const bytesOfPage = 2 ** 16;

/** Asks before any memory of WebAssembly grows; what is refused fails there as it does where there is no more. */
function withGrowth<T>(isAllowed: (bytes: number) => boolean, action: () => T): T {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (!isAllowed(pages * bytesOfPage)) throw new RangeError('no more memory is granted');
    return grow.call(this, pages);
  };
  try {
    return action();
  } finally {
    prototype.grow = grow;
  }
}
