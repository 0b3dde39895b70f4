import { totalmem } from 'node:os';
import { LammError, type LammErrorCode } from './errors.js';

export interface MemoryNeed {
  readonly bytes: number;
  /** What needs it, as the subject of a sentence. */
  readonly what: string;
  readonly remedy: string;
  /** `usage` when absent. */
  readonly code?: LammErrorCode;
  readonly quantity?: string;
}

/** Of this machine, in bytes; asked for once, as every search for neighbours compares with it. */
const available = totalmem();

/**
 * Says what something would need before any of it is allocated.
 *
 * @throws {LammError} when that is more than the machine has.
 */
export function assertMemory({ bytes, what, remedy, code = 'usage', quantity }: MemoryNeed): void {
  if (bytes <= available) return;
  const message = `${what} would need about ${inGigabytes(bytes)} of memory, this machine has ${inGigabytes(available)}; ${remedy}`;
  throw new LammError(code, message, { quantity });
}

function inGigabytes(bytes: number): string {
  const gigabytes = bytes / 2 ** 30;
  return `${gigabytes < 1e6 ? Math.ceil(gigabytes) : gigabytes.toExponential(1)} GB`;
}
