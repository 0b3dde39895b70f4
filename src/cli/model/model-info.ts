import type { Command } from 'commander';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import type { EngineChoice } from '../../models/open-evaluator.js';
import { type ModelInfo, runModelInfoTask } from '../../tasks/model/info/run.js';
import { engineEvents } from '../input/engine-events.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark } from '../output/output.js';

/** Runs `lamm model info`. */
export async function modelInfo(
  path: string | undefined,
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, calculatorSettings);
  const info = await runModelInfoTask(path, given, { tell: remark, engine: engineEvents() });
  if (json) printJson(info);
  else print(formatInfo(info));
}

function formatInfo(info: ModelInfo): string {
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
