import { rmSync } from 'node:fs';
import type { Calculator } from '../../../calculators/calculator.js';
import { createCalculator } from '../../../calculators/create-calculator.js';
import type { SocketCalculatorOptions } from '../../../calculators/socket.js';
import { remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

/**
 * Opens the calculator `ipi`.  While it waits for its engine there is nothing to save: Ctrl-C removes the socket file and ends at once.
 */
export function openEngine(options: Readonly<Record<string, unknown>>): Calculator {
  let listeningAt = '';
  const leave = () => {
    if (listeningAt.startsWith('/')) rmSync(listeningAt, { force: true });
    process.exit(exitCode.interrupted);
  };
  const hooks: Pick<SocketCalculatorOptions, 'onListening' | 'onConnected'> = {
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
  return createCalculator('ipi', { ...options, ...hooks });
}
