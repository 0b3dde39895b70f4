import { rmSync } from 'node:fs';
import type { CalculatorEvents } from '../../../calculators/open-calculator.js';
import { remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

/**
 * Says that the calculator `ipi` waits for its engine.  Meanwhile there is nothing to save: Ctrl-C removes the socket
 * file and ends at once.
 */
export function engineEvents(): CalculatorEvents {
  let listeningAt = '';
  const leave = () => {
    if (listeningAt.startsWith('/')) rmSync(listeningAt, { force: true });
    process.exit(exitCode.interrupted);
  };
  return {
    onListening: (address) => {
      listeningAt = address;
      remark(`waiting for a force engine at ${address}: start LAMMPS with "fix ipi", lamm serve, or the like`);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave);
    },
    onConnected: () => {
      remark('the force engine is here');
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
    },
  };
}
