import type { GraphMemory, Workspace } from './graph-memory.js';
import type { Kernels } from './kernels.js';
import type { NetworkMemory } from './network-memory.js';

/** What the stages of an evaluation work on; plain data, so that threads may share it. */
export interface FusedTask {
  readonly atomCount: number;
  /** Whose energies count: the first of them; the others are there because those depend on them. */
  readonly ownCount: number;
  /** Kinds of the atoms, atomic numbers - 1, in the order of these numbers. */
  readonly kinds: readonly number[];
  readonly network: NetworkMemory;
  readonly graph: GraphMemory;
  /** One for each thread. */
  readonly workspaces: readonly Workspace[];
}

/** What a thread works with. */
export interface FusedThread {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Which of the workspaces is its own. */
  readonly thread: number;
}

/** Atoms `first` ... `first + atoms` - 1. */
export interface Chunk {
  readonly first: number;
  readonly atoms: number;
  /** With those that make `atoms` a multiple of 4: rows of matrix products. */
  readonly rows: number;
}
