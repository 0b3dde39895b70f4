import { z } from 'zod';
import { calculatorSettings, innerCalculatorSetting } from '../../../calculators/calculator-settings.js';
import { usualIntervals } from '../../../md/analysis/run-analysis.js';
import { mdSettings } from '../../../md/settings.js';
import { setting } from '../../settings/setting.js';
import { frameSetting, inputSettings, outputSettings, resultKeysSetting } from '../structures/structure-settings.js';
import { type AnalysisSpec, analysisHelp, parseAnalysisSpec } from './analysis-spec.js';

const count = z.int().positive();
const path = z.string().optional();
const force = z.number().positive();

/** What a simulation starts from, what is analysed, and where it is written. */
const recordingSettings = z.strictObject({
  innerCalculator: innerCalculatorSetting,
  supercell: setting(z.array(count).length(3).readonly().optional(), {
    form: 'a,b,c',
    help: 'repeat the cell first',
    expected: 'three counts such as 2,2,2',
    parse: (text) => text.split(/[,x ]+/).map(Number),
  }),
  frame: frameSetting,
  trajectory: setting(path, {
    form: 'path',
    help: 'extended XYZ file for the frames',
    otherwise: 'named after the input',
  }),
  log: setting(path, {
    form: 'path',
    help: 'table of energies and temperature',
    otherwise: 'beside the trajectory',
  }),
  checkpoint: setting(path, { form: 'path', help: 'state to resume from', otherwise: 'beside the trajectory' }),
  trajectoryEvery: setting(count.default(100), { form: 'steps', help: 'steps between frames' }),
  logEvery: setting(count.default(10), { form: 'steps', help: 'steps between lines of the log' }),
  checkpointEvery: setting(count.optional(), {
    form: 'steps',
    help: 'steps between checkpoints',
    otherwise: 'about every second',
  }),
  resume: setting(z.boolean().default(false), { help: 'go on from the checkpoint with the options recorded there' }),
  analyze: setting(
    z.custom<AnalysisSpec>((value) => typeof value === 'object' && value !== null && 'observables' in value).optional(),
    {
      form: 'what',
      help: analysisHelp,
      expected: 'what is analysed, such as rdf,msd,vacf:every=2',
      parse: (text, previous) => parseAnalysisSpec(text, previous as AnalysisSpec | undefined), // what it gave before
    },
  ),
  analyzeEvery: setting(count.optional(), {
    form: 'steps',
    help: 'steps between samples of those that say no other',
    otherwise: usualIntervals,
  }),
  uncertaintyStop: setting(force.optional(), {
    quantity: 'force',
    help: 'stop, to be resumed, when a component of a force is expected to be off by more, such as 0.5eV/A',
    otherwise: 'never',
  }),
  uncertaintySave: setting(path, {
    form: 'path',
    help: 'extended XYZ file for the frames beyond `uncertaintyLimit`, to be labelled and learned from',
    otherwise: 'none',
  }),
  uncertaintyLimit: setting(force.optional(), {
    quantity: 'force',
    help: 'expected error of a force component beyond which frames are saved',
    otherwise: 'as `uncertaintyStop`; without it, frames with atoms unlike the training are saved',
  }),
  uncertaintyEvery: setting(count.optional(), {
    form: 'steps',
    help: 'steps between looks at the errors to expect, which go into the log; each takes about the time of a step',
    otherwise: 'as `logEvery`, where one of these options is given',
  }),
  report: setting(path, {
    form: 'path',
    help: 'a page with pictures and the atoms in space, at the end (without `analyze`: of everything)',
  }),
  viewer: setting(path, {
    form: 'path',
    help: '3Dmol-min.js for `report`, where the package 3dmol is not installed',
  }),
  ...inputSettings.shape,
  resultKeys: resultKeysSetting,
  ...calculatorSettings.shape,
  ...outputSettings({ help: 'last structure with its velocities', otherwise: 'none' }).shape,
});

/** All settings of the task. */
export const mdTask = z.strictObject({ ...mdSettings.shape, ...recordingSettings.shape });

/** What is asked for; a simulation that is resumed has its settings already. */
export type MdTaskSettings = Readonly<Partial<z.input<typeof mdTask>>>;
