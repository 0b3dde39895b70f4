import type { Shape } from '../tensor/shape.js';

/** Numbers fed to a graph or returned by it, with their shape. */
export interface TensorData {
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly shape: readonly number[];
}

/** ONNX Runtime, or TensorFlow.js. */
export const engineNames = ['onnx', 'tfjs'] as const;
export type Engine = (typeof engineNames)[number];
export const deviceNames = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof deviceNames)[number];

/** How a graph is run. */
export interface RuntimeOptions {
  readonly engine?: Engine;
  readonly device?: Device;
  /** Threads of one operation; 0 leaves the choice to the engine. */
  readonly threads?: number;
  /** Whether waiting threads keep spinning: up to twice as fast on a quiet machine, harmful on a busy one. */
  readonly spinning?: boolean;
  /** Arithmetic: single for work, double for checks (ONNX Runtime on the CPU only). */
  readonly precision?: 'float32' | 'float64';
  /** Runs in a worker thread, so that the event loop stays free. */
  readonly worker?: boolean;
}

/** What can be run. */
export interface Runnable extends AsyncDisposable {
  /**
   * Runs the graph once.  Feeds are read, never kept; results belong to the caller.  An output that has an array in
   * `into`, of its precision and size, is written there.
   *
   * @throws {LammError} `engine` when the engine refuses the feeds or fails.
   */
  run(
    feeds: Readonly<Record<string, TensorData>>,
    into?: Readonly<Record<string, TensorData>>,
  ): Promise<Record<string, TensorData>>;
}

/** What went to the memory of a device so far, and lies there beside the graph. */
export interface Traffic {
  /** Arrays that were sent, and their bytes. */
  readonly sentCount: number;
  readonly sentBytes: number;
  /** Bytes of what is held between runs. */
  readonly heldBytes: number;
}

/** A graph made ready to run. */
export interface Session extends Runnable {
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly outputs: readonly string[];
  /** Where it really runs, and what the caller should tell the user about it (a missing device, for instance). */
  readonly device: Device;
  readonly notices: readonly string[];
  /** Counted on WebGPU alone. */
  readonly traffic?: Traffic;
  /**
   * Holds values of some inputs, which need not be fed at each run then: in the memory of the device where the engine
   * can.  Until the result is disposed of, `feeds` must not change; it does not own the session.
   */
  hold(feeds: Readonly<Record<string, TensorData>>): Promise<Runnable>;
}

/** Holds values where an engine has no better place for them than where they are. */
export function holdHere(run: Runnable['run'], held: Readonly<Record<string, TensorData>>): Runnable {
  return { run: (feeds, into) => run({ ...held, ...feeds }, into), async [Symbol.asyncDispose]() {} };
}
