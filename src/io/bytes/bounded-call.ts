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
  | { readonly end: 'overTime' };

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
  let end: CallEnd<T> = { end: 'overTime' };
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
  return end;
}

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
