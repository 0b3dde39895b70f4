import type { Random } from '../../src/random.js';
import type { ResolvedMdOptions } from '../settings.js';
import type { MdState } from '../state/state.js';
import { bathTargetsAt } from './bath-targets.js';
import { berendsenPressureStep, berendsenStep } from './berendsen.js';
import { bussiStep } from './bussi.js';
import { cellRescalingStep } from './cell-rescaling.js';
import { langevinStep } from './langevin.js';
import { mtkStep } from './martyna-tobias-klein.js';
import { noseHooverStep } from './nose-hoover.js';
import { constantEnergyStep, type SteppedCalculator } from './respa.js';

/**
 * Advances a state by one step of an ensemble, its baths at the temperature and pressure of this step; throws as the
 * step functions do.
 */
export type Advance = (state: MdState, calculator: SteppedCalculator) => Promise<void>;

/**
 * Creates the function that makes the steps of a simulation; what they are told is put together once, as that takes as
 * long as moving the atoms.
 */
export function createAdvance({ options, random }: { options: ResolvedMdOptions; random: Random }): Advance {
  const inertiaTemperatureK = Math.max(options.temperatureK, options.temperatureEndK);
  const settings = { ...options, inertiaTemperatureK, random };
  return (state, calculator) => {
    const { temperatureK, pressureGPa } = bathTargetsAt(state.step, options);
    settings.temperatureK = temperatureK;
    settings.pressureGPa = pressureGPa;
    return makeStep(state, calculator, settings);
  };
}

interface StepSettings extends ResolvedMdOptions {
  readonly inertiaTemperatureK: number;
  readonly random: Random;
}

function makeStep(state: MdState, calculator: SteppedCalculator, settings: StepSettings): Promise<void> {
  switch (settings.ensemble) {
    case 'nve':
      return constantEnergyStep(state, calculator, settings);
    case 'langevin':
      return langevinStep(state, calculator, settings);
    case 'bussi':
      return bussiStep(state, calculator, settings);
    case 'nose-hoover':
      return noseHooverStep(state, calculator, settings);
    case 'berendsen':
      return berendsenStep(state, calculator, settings);
    case 'npt-rescale':
      return cellRescalingStep(state, calculator, settings);
    case 'npt-mtk':
      return mtkStep(state, calculator, settings);
    case 'npt-berendsen':
      return berendsenPressureStep(state, calculator, settings);
  }
}
