import type { Calculator } from './calculator.js';
import { assertCalculatorOptions, type CalculatorName, type ModelCalculatorName } from './calculator-options.js';
import { createEmt, type EmtOptions } from './emt.js';
import { createLennardJones, type LennardJonesOptions } from './lennard-jones.js';
import { createModelCalculator, type ModelCalculatorOptions } from './model-calculator.js';
import { createMorse, type MorseOptions } from './morse.js';
import { createSocketCalculator, type SocketCalculatorOptions } from './socket.js';

export { type CalculatorName, calculatorNames } from './calculator-options.js';

/**
 * Creates a calculator by name.
 *
 * @throws {LammError} `usage` for an unknown name or option, or a value that makes no sense.
 */
export function createCalculator(name: ModelCalculatorName, options?: ModelCalculatorOptions): Calculator;
export function createCalculator(name: 'lj', options?: LennardJonesOptions): Calculator;
export function createCalculator(name: 'emt', options?: EmtOptions): Calculator;
export function createCalculator(name: 'morse', options?: MorseOptions): Calculator;
export function createCalculator(name: 'ipi', options: SocketCalculatorOptions): Calculator;
export function createCalculator(name: CalculatorName, options?: Readonly<Record<string, unknown>>): Calculator;
export function createCalculator(name: CalculatorName, options: object = {}): Calculator {
  assertCalculatorOptions(name, options); // and so the types of the options below are those that were declared
  switch (name) {
    case 'lamm-s':
      return createModelCalculator(options);
    case 'lamm-l':
      return createModelCalculator({ model: name, ...options });
    case 'lj':
      return createLennardJones(options);
    case 'emt':
      return createEmt(options);
    case 'morse':
      return createMorse(options);
    case 'ipi':
      return createSocketCalculator({ address: '', ...options }); // which is no address, and says so
  }
}
