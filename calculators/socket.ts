import { formatIpiAddress, parseIpiAddress } from '../src/ipi/address.js';
import { acceptEngine, type EngineConnection } from '../src/ipi/server.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';

export interface SocketCalculatorOptions {
  /** `unix:NAME` (the socket file /tmp/ipi_NAME), `/full/path` or `HOST:PORT`. */
  readonly address: string;
  /** How long to wait in s for the engine to connect. */
  readonly connectTimeoutS?: number;
  /** How long to wait in s for the answer to one structure; by default as long as it takes. */
  readonly answerTimeoutS?: number;
  /** Whether the engine sends a virial that means something. */
  readonly stress?: boolean;
  /** Whether its forces are the exact derivative of its energy. */
  readonly conservative?: boolean;
  /** Called when the socket is open, with its address: now the engine can be started. */
  readonly onListening?: (address: string) => void;
  /** Called when the engine has connected. */
  readonly onConnected?: () => void;
}

/**
 * Creates a calculator that asks another program over the i-PI protocol: LAMMPS with `fix ipi`, xtb, CP2K, FHI-aims,
 * `lamm serve` ...
 *
 * The socket opens at the first calculation and waits for the engine.  The protocol has no energies of atoms: each gets
 * an equal share. Nor has it elements: the engine must have been started with the same structure, atoms in the same
 * order.
 *
 * @throws {LammError} `usage` for an address that is none.
 */
export function createSocketCalculator(options: SocketCalculatorOptions): Calculator {
  const address = parseIpiAddress(options.address);
  const hasStress = options.stress ?? true;
  let engine: Promise<EngineConnection> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function open(): Promise<EngineConnection> {
    const onListening = () => options.onListening?.(formatIpiAddress(address));
    const connection = await acceptEngine({ ...options, address, onListening });
    options.onConnected?.();
    return connection;
  }

  async function calculate(system: AtomicSystem): Promise<CalculationResult> {
    engine ??= open();
    const { energy, forces, stress } = await (await engine).evaluate(system);
    const energies = new Float64Array(system.numbers.length).fill(energy / system.numbers.length);
    return { energy, energies, forces, ...(hasStress && stress && { stress }) };
  }

  return {
    name: `engine at ${formatIpiAddress(address)}`,
    capabilities: {
      elements: null,
      cutoff: 0,
      conservative: options.conservative ?? true,
      stress: hasStress,
      heads: [],
    },
    calculate(system) {
      const result = last.then(() => calculate(system)); // one conversation at a time
      last = result.catch(() => undefined);
      return result;
    },
    async [Symbol.asyncDispose]() {
      const connection = await engine?.catch(() => undefined);
      await connection?.close();
    },
  };
}
