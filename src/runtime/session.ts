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

/** A graph made ready to run. */
export interface Session extends AsyncDisposable {
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly outputs: readonly string[];
  /** Where it really runs, and what the caller should tell the user about it (a missing device, for instance). */
  readonly device: Device;
  readonly notices: readonly string[];
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
