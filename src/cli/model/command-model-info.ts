import type { Command } from 'commander';
import type { CalculatorCapabilities } from '../../../calculators/calculator.js';
import { chemicalSymbols } from '../../elements.js';
import type { Model } from '../../models/model.js';
import { describeEngine, type EngineChoice } from '../../models/open-evaluator.js';
import { addCalculatorOptions, type CalculatorOptions, openCalculator } from '../input/shared-options.js';
import { print, printJson } from '../output/output.js';

interface Options extends CalculatorOptions {
  readonly json?: boolean;
}

/** `lamm model info`: what a model or calculator is, for whom and how good. */
export function registerModelInfo(command: Command): void {
  command
    .argument('[path]', 'file of a model; the model that comes with the program when absent')
    .option('--json', 'print one JSON object on stdout')
    .action(modelInfo);
  addCalculatorOptions(command);
}

async function modelInfo(path: string | undefined, options: Options): Promise<void> {
  await using calculator = openCalculator({ ...options, model: path ?? options.model });
  const { elements, ...capabilities } = calculator.capabilities;
  const symbols =
    elements === null ? null : [...elements].sort((a, b) => a - b).map((number) => chemicalSymbols[number]);
  const model = 'model' in calculator ? (calculator.model as Model) : undefined; // only calculators of trained models have one
  const info = {
    calculator: calculator.name,
    ...capabilities,
    elements: symbols,
    ...(model && describeModel(model, describeEngine(model))),
  };
  if (options.json) printJson(info);
  else print(formatInfo(info));
}

function describeModel({ card, config, parameters, heads }: Model, engine: EngineChoice) {
  const references = Object.fromEntries(heads.map((head) => [head.name, head.referenceEnergies]));
  return { ...card, parameterCount: parameters.length, config, engine, referenceEnergies: references };
}

interface Info extends Omit<CalculatorCapabilities, 'elements'>, Partial<ReturnType<typeof describeModel>> {
  readonly calculator: string;
  readonly elements: readonly string[] | null;
}

function formatInfo(info: Info): string {
  const rows: (readonly [label: string, ...lines: string[]])[] = [
    ['calculator', info.calculator],
    ['elements', info.elements?.join(' ') ?? 'any'],
    ['cutoff', `${info.cutoff} A`],
    [
      'forces',
      info.conservative
        ? 'conservative: the exact derivative of the energy'
        : 'direct: not the derivative of the energy',
    ],
    ['stress', info.stress ? 'yes' : 'no'],
  ];
  if (info.heads.length > 0) rows.push(['heads', info.heads.join(', ')]);
  if (info.name !== undefined) rows.unshift(['model', info.name]);
  if (info.config !== undefined)
    rows.push(['parameters', `${info.parameterCount?.toLocaleString('en')} (${info.config.kind})`]);
  if (info.engine !== undefined) rows.push(['engine', formatEngine(info.engine)]);
  if (info.license !== undefined) rows.push(['licence', info.license]);
  if (info.trainingData !== undefined) rows.push(['training data', ...info.trainingData]);
  if (info.notes !== undefined) rows.push(['notes', ...info.notes]);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows
    .flatMap(([label, ...lines]) => lines.map((line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`))
    .join('\n');
}

function formatEngine(choice: EngineChoice): string {
  if (choice.engine === 'onnx') return `onnx: ${choice.reason}`;
  const [value, slope] = [choice.valueError, choice.slopeError].map((error) => error.toExponential(0));
  return `fused: radial filters from ${choice.intervals} cubics, off by less than ${value} of the largest value, ${slope} of the largest slope`;
}
