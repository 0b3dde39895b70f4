import { z } from 'zod';
import { modelEngineNames } from '../src/models/open-evaluator.js';
import { deviceNames } from '../src/runtime/session.js';
import { setting } from '../src/settings/setting.js';
import type { CalculatorName } from './calculator-options.js';
import { type CalculatorSpec, parseCalculatorSpec } from './calculator-spec.js';

const defaultCalculator: CalculatorName = 'lamm-s';

const spec = z.custom<CalculatorSpec>((value) => typeof value === 'object' && value !== null && 'name' in value);

/** A setting whose value is a calculator. */
const calculatorForm = {
  form: 'name[:key=value,...]',
  expected: 'a calculator such as emt, or with options lj:epsilon=0.0104,sigma=3.4',
  parse: (text: string) => parseCalculatorSpec(text),
};

/** Which calculator gives energies and forces, and how it runs. */
export const calculatorSettings = z.strictObject({
  calculator: setting(spec.default({ name: defaultCalculator, options: {} }), {
    ...calculatorForm,
    letter: 'c',
    help: 'energies and forces: lamm-s, lamm-l, lj, morse, emt, or ipi for another program',
    otherwise: defaultCalculator,
  }),
  model: setting(z.string().optional(), {
    form: 'path',
    help: 'file of a model of your own, or the name of one that comes with the program, such as lamm-s-metals',
  }),
  head: setting(z.string().optional(), {
    form: 'name',
    help: 'level of theory, for a model that has several',
    otherwise:
      'for each structure one that knows all its elements and learned from such structures, crystals or molecules',
  }),
  threads: setting(z.int().positive().optional(), {
    help: 'threads of a model; of lj, morse and emt from 8192 atoms on',
    otherwise: 'those of the machine',
  }),
  engine: setting(z.enum(modelEngineNames).optional(), {
    form: 'name',
    help: 'numeric engine of a model',
    otherwise: 'fused where it takes the model, else onnx',
  }),
  device: setting(z.enum(deviceNames).default('cpu'), { form: 'name', help: 'where a model runs' }),
});

export type CalculatorSettings = Readonly<z.input<typeof calculatorSettings>>;

/** Cheap forces for multiple time stepping. */
export const innerCalculatorSetting = setting(spec.optional(), {
  ...calculatorForm,
  help: 'cheap forces for steps between those of the calculator, see `innerSteps`',
});
