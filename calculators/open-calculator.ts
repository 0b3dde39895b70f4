import { LammError } from '../src/errors.js';
import { checkSettings } from '../src/settings/check-settings.js';
import type { Calculator } from './calculator.js';
import { isModelCalculator } from './calculator-options.js';
import { type CalculatorSettings, calculatorSettings } from './calculator-settings.js';
import { createCalculator } from './create-calculator.js';
import type { SocketCalculatorOptions } from './socket.js';

/** What the calculator has to tell meanwhile. */
export interface CalculatorEvents extends Pick<SocketCalculatorOptions, 'onListening' | 'onConnected'> {
  readonly onNotice?: (notice: string) => void;
}

/**
 * Creates the calculator that settings name: a model of the user's, or one that comes with the program.
 *
 * @throws {LammError} `usage` for settings that do not fit it.
 */
export function openCalculator(settings: CalculatorSettings, events: CalculatorEvents = {}): Calculator {
  const { calculator, model, head, threads, engine, device } = checkSettings(calculatorSettings, settings);
  const { name, options } = calculator;
  const { onNotice, ...socketEvents } = events;
  const isModel = isModelCalculator(name);
  if (model !== undefined || isModel) {
    const own = isModel ? options : {};
    const given = Object.entries({ model, head, threads, engine, device }).filter(([, value]) => value !== undefined);
    return createCalculator(isModel ? name : 'lamm-s', { ...own, ...Object.fromEntries(given), onNotice });
  }
  if (head !== undefined)
    throw new LammError('usage', `\`head\`: the calculator "${name}" has no heads`, { quantity: 'head' });
  if (name === 'ipi') return createCalculator(name, { ...options, ...socketEvents });
  return createCalculator(name, threads === undefined ? options : { ...options, threads });
}
