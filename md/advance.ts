import type { Random } from '../src/random.js';
import { bathTargetsAt } from './bath-targets.js';
import { berendsenPressureStep, berendsenStep } from './berendsen.js';
import { bussiStep } from './bussi.js';
import { cellRescalingStep } from './cell-rescaling.js';
import { langevinStep } from './langevin.js';
import { mtkStep } from './martyna-tobias-klein.js';
import { noseHooverStep } from './nose-hoover.js';
import type { ResolvedMdOptions } from './options.js';
import { constantEnergyStep, type SteppedCalculator } from './respa.js';
import type { MdState } from './state.js';

/**
 * Advances `state` by one step of the ensemble in `options`, its baths at the temperature and pressure of this step.
 *
 * @throws {UnstableError} as the step functions do.
 */
export async function advance(
  state: MdState,
  calculator: SteppedCalculator,
  { options, random }: { options: ResolvedMdOptions; random: Random },
): Promise<void> {
  const inertiaTemperatureK = Math.max(options.temperatureK, options.temperatureEndK);
  const settings = { ...options, ...bathTargetsAt(state.step, options), inertiaTemperatureK, random };
  switch (options.ensemble) {
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
