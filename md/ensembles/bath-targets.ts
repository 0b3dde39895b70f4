import type { ResolvedMdOptions } from '../settings.js';

/** What the baths of a simulation aim at. */
export interface BathTargets {
  readonly temperatureK: number;
  readonly pressureGPa: number;
}

/**
 * Targets of the step that follows `step` steps: on a straight line from the start of a ramp to its end, and the end
 * from then on.
 */
export function bathTargetsAt(step: number, options: ResolvedMdOptions): BathTargets {
  const part = step + 1 < options.rampSteps ? (step + 1) / options.rampSteps : 1;
  return {
    temperatureK: options.temperatureK + part * (options.temperatureEndK - options.temperatureK),
    pressureGPa: options.pressureGPa + part * (options.pressureEndGPa - options.pressureGPa),
  };
}
