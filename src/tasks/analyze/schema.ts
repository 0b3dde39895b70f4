import { z } from 'zod';
import { usualBinWidth, usualCutoff } from '../../../md/analysis/radial-distribution.js';
import { usualWindow } from '../../../md/analysis/velocity-autocorrelation.js';
import { formatQuantity } from '../../settings/quantity.js';
import { setting } from '../../settings/setting.js';
import { inputSettings, outputSettings } from '../structures/structure-settings.js';

const isWanted = z.boolean().default(false);
const path = z.string().optional();
const count = z.int().positive();
const length = z.number().positive().optional();
const lag = z.number().optional();

/** What is analysed, and of which frames; without a name, all that the trajectory allows. */
const analysisSettings = z.strictObject({
  rdf: setting(isWanted, { help: 'radial distribution of all atoms and of each pair of elements' }),
  msd: setting(isWanted, { help: 'mean squared displacement and diffusion coefficient' }),
  vacf: setting(isWanted, { help: 'velocity autocorrelation and vibrational spectrum' }),
  thermo: setting(isWanted, {
    help: 'means of temperature, energy, density and pressure with block-averaged errors',
  }),
  cutoff: setting(length, {
    quantity: 'length',
    help: 'largest distance of the radial distribution',
    otherwise: formatQuantity(usualCutoff, 'length'),
  }),
  binWidth: setting(length, {
    quantity: 'length',
    help: 'its resolution',
    otherwise: formatQuantity(usualBinWidth, 'length'),
  }),
  window: setting(count.optional(), {
    form: 'frames',
    help: 'longest lag of the velocity autocorrelation',
    otherwise: `${usualWindow}, less where that takes too much memory`,
  }),
  fitFromFs: setting(lag, {
    flag: 'fit-from',
    quantity: 'time',
    help: 'shortest lag of the diffusion fit',
    otherwise: 'a fifth of the longest',
  }),
  fitToFs: setting(lag, {
    flag: 'fit-to',
    quantity: 'time',
    help: 'longest lag of the diffusion fit',
    otherwise: 'half of the trajectory',
  }),
  unwrap: setting(z.boolean().default(true), {
    help: 'follow atoms that jump across the cell',
    no: 'take positions as they stand, also when atoms jump across the cell',
  }),
  intervalFs: setting(z.number().positive().optional(), {
    flag: 'interval',
    quantity: 'time',
    help: 'time between frames, for files that do not say it',
  }),
  fromFs: setting(z.number().optional(), {
    flag: 'from',
    quantity: 'time',
    help: 'leave out what is before, while the system settles',
  }),
  every: setting(count.default(1), { form: 'frames', help: 'take each so-manieth frame' }),
  log: setting(path, {
    form: 'path',
    help: 'log of the simulation',
    otherwise: 'the .csv beside the trajectory, if it is one',
  }),
  ...inputSettings.shape,
  viewer: setting(path, { form: 'path', help: '3Dmol-min.js, where the package 3dmol is not installed' }),
});

const { out, force } = outputSettings({ help: 'the page', otherwise: 'named after the input' }).shape;

/** All settings of the task `analyze`. */
export const analyzeTask = z.strictObject({
  ...analysisSettings.shape,
  force,
  csv: setting(path, { form: 'path', help: 'all curves as one table' }),
  html: setting(path, { form: 'path', help: 'a report with pictures, one page that needs no other file' }),
});

/** All settings of the task `view`. */
export const viewTask = z.strictObject({ ...analysisSettings.shape, out, force });

export type AnalyzeTaskSettings = Readonly<Partial<z.input<typeof analyzeTask>>>;
export type ViewTaskSettings = Readonly<Partial<z.input<typeof viewTask>>>;
