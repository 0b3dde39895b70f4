import type { Dict } from './checkpoint-values.js';
import type { State } from './state.js';

/** A checkpoint as `parseTorchCheckpoint` gives it, and its arrays by the names of the bare model. */
export interface Checkpoint {
  readonly contents: Dict;
  readonly state: State;
}

export interface ImportOptions {
  /** For messages. */
  readonly file?: string;
  /**
   * Whether the moving average of the weights is taken where the checkpoint has one (default: as the original evaluates
   * it).
   */
  readonly ema?: boolean;
  /** Licence of the weights, for the card; a checkpoint does not say. */
  readonly license?: string;
}
