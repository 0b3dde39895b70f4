/** The processes that train one model together; every rank calls the same functions in the same order. */
export interface Communicator extends Disposable {
  readonly rank: number;
  readonly size: number;
  /** Adds the arrays of all ranks up, in place on every rank; the result has the same bits on all of them. */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** Copies the array of rank 0 to all ranks, in place. */
  broadcast(values: Float32Array | Float64Array): Promise<void>;
  /** Ends every rank at once, with an exit code. */
  abort(code: number): never;
}

/** A training in one process. */
export function singleProcess(): Communicator {
  return {
    rank: 0,
    size: 1,
    sum: async () => {},
    broadcast: async () => {},
    abort(code) {
      throw new Error(`aborted with code ${code}`);
    },
    [Symbol.dispose]() {},
  };
}
