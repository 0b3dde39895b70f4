import { setImmediate as nextTurn } from 'node:timers/promises';
import { exitCode } from './report-error.js';

/** Whether the user asked the process to end; to be disposed of when the work is done. */
export interface StopSignal extends Disposable {
  readonly requested: boolean;
  /**
   * Lets signals in when that is due (they come only between turns of the event loop), then answers `requested`; call
   * it between steps.
   */
  poll(): Promise<boolean>;
}

const pollIntervalMs = 50;

/**
 * Catches SIGINT and SIGTERM, so that a long command can save its state and end; the second signal ends the process at
 * once. `quiet` leaves it to others to say so.
 */
export function createStopSignal({ quiet = false } = {}): StopSignal {
  let requested = false;
  let lastTurn = performance.now();
  const onSignal = () => {
    if (requested) process.exit(exitCode.interrupted);
    requested = true;
    if (!quiet) process.stderr.write('\nstopping after this step; press Ctrl-C again to end at once\n');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    get requested() {
      return requested;
    },
    async poll() {
      if (performance.now() - lastTurn > pollIntervalMs) {
        await nextTurn();
        lastTurn = performance.now();
      }
      return requested;
    },
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
