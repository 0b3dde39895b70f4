import type { CalculatorCapabilities } from '../../../../calculators/calculator.js';
import type { CalculatorSettings } from '../../../../calculators/calculator-settings.js';
import { openCalculator } from '../../../../calculators/open-calculator.js';
import { chemicalSymbols } from '../../../elements.js';
import type { Model } from '../../../models/model.js';
import { describeEngine, type EngineChoice } from '../../../models/open-evaluator.js';
import { calculatorEvents, type TaskContext } from '../../context.js';

/** What a calculator is, and what its model is, if it has one. */
export interface ModelInfo extends Omit<CalculatorCapabilities, 'elements'>, Partial<ReturnType<typeof describeModel>> {
  readonly calculator: string;
  /** By atomic number; null for any. */
  readonly elements: readonly string[] | null;
}

/**
 * Describes a model file, or the model or calculator that the settings name.
 *
 * @throws {LammError} for settings that do not fit, and what is no model file.
 */
export async function runModelInfoTask(
  path: string | undefined,
  given: CalculatorSettings,
  context: TaskContext = {},
): Promise<ModelInfo> {
  await using calculator = openCalculator({ ...given, model: path ?? given.model }, calculatorEvents(context));
  const { elements, ...capabilities } = calculator.capabilities;
  const symbols =
    elements === null ? null : [...elements].sort((a, b) => a - b).map((number) => chemicalSymbols[number]);
  const model = 'model' in calculator ? (calculator.model as Model) : undefined; // only calculators of trained models have one
  return {
    calculator: calculator.name,
    ...capabilities,
    elements: symbols,
    ...(model && describeModel(model, describeEngine(model))),
  };
}

function describeModel({ card, config, parameters, heads }: Model, engine: EngineChoice) {
  const references = Object.fromEntries(heads.map((head) => [head.name, head.referenceEnergies]));
  return { ...card, parameterCount: parameters.length, config, engine, referenceEnergies: references };
}
