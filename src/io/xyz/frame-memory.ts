import type { SharedMasses } from '../../structure/structure.js';
import type { LayoutMemory } from './extxyz-columns.js';
import type { ValueMemory } from './extxyz-comment.js';

/**
 * What the last frame of a file was read with, as the next one mostly has the same: read once, then recognised.  Each
 * reader of a file has its own.
 */
export interface FrameMemory extends LayoutMemory, ValueMemory {
  readonly masses: SharedMasses;
}

/** The memory of a file of which no frame was read yet. */
export function createFrameMemory(): FrameMemory {
  return { values: new Map(), masses: {} };
}
