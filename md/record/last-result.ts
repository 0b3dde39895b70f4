import type { CalculationResult } from '../../calculators/calculator.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import type { SteppedCalculator } from '../ensembles/respa.js';

/** A calculator that keeps what it said last, for whoever looks at a state after its step. */
export interface RememberingCalculator extends SteppedCalculator {
  /**
   * What it says of a state: the result of the last calculation where that was of this state, whose atoms no step moves
   * after it has evaluated their forces; else it is calculated, to the same bits.
   */
  resultOf(state: AtomicSystem): Promise<CalculationResult>;
}

/** The same calculator, which remembers its last result; it does not own the other one. */
export function rememberLastResult(calculator: SteppedCalculator): RememberingCalculator {
  let last: { readonly system: AtomicSystem; readonly result: CalculationResult } | undefined;

  async function calculate(system: AtomicSystem): Promise<CalculationResult> {
    last = undefined; // and stays so when the calculation fails
    const result = await calculator.calculate(system);
    last = { system, result };
    return result;
  }

  const { name, capabilities, inner } = calculator;
  return {
    ...{ name, capabilities, inner, calculate },
    uncertaintyOf: async (system, result) => calculator.uncertaintyOf?.(system, result),
    resultOf: async (state) => (last?.system === state ? last.result : calculate(state)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
