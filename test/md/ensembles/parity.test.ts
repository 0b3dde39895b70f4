import { describe, expect, it } from 'vitest';
import { runMd } from '../../../md/run.js';
import type { MdOptions } from '../../../md/settings.js';
import { kineticEnergy, temperature, velocitiesOf } from '../../../md/state/state.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { largestDifference } from '../../helpers/compare.js';
import {
  type ReferenceCase,
  referenceCalculator,
  referenceCases,
  referenceStructure,
} from '../../helpers/physics-reference.js';

interface MdCase extends ReferenceCase {
  readonly ensemble?: 'NVE' | 'NVTBerendsen' | 'NPTBerendsen';
  readonly timestep_fs: number;
  readonly steps: number;
  readonly thermostat: {
    readonly temperature_K: number;
    readonly taut_fs: number;
    readonly pressure_bar?: number;
    readonly taup_fs?: number;
    readonly compressibility_per_bar?: number;
  } | null;
  readonly masses_amu: number[];
  readonly initial_velocities: number[][];
  readonly epot: readonly number[];
  readonly ekin: readonly number[];
  readonly temperature_K: readonly number[];
  readonly volume?: readonly number[];
  readonly final_positions: readonly (readonly number[])[];
  readonly final_velocities: readonly (readonly number[])[];
}

const cases = ['nve.json', 'berendsen.json'].flatMap((fixture) => referenceCases<MdCase>('md.json', fixture));
const unique = new Map(cases.map((reference) => [reference.name, reference]));

describe('molecular dynamics of the reference', () => {
  it.each([...unique])('%s', async (_, reference) => {
    const structure = referenceStructure(reference, {
      masses: reference.masses_amu,
      velocities: reference.initial_velocities,
    });
    await using calculator = referenceCalculator(reference);
    for await (const state of runMd(structure, calculator, optionsOf(reference))) {
      expect(state.potentialEnergy).toBeCloseTo(reference.epot[state.step], 7);
      expect(kineticEnergy(state)).toBeCloseTo(reference.ekin[state.step], 7);
      expect(temperature(state)).toBeCloseTo(reference.temperature_K[state.step], 3);
      if (reference.volume) expect(cellVolume(state.cell)).toBeCloseTo(reference.volume[state.step], 5);
      if (state.step < reference.steps) continue;
      // Chaos amplifies a disturbance of 1e-12 A to 1e-10 A here, so 1e-8 A asks for the same algorithm and nothing
      // more.
      expect(largestDifference(state.positions, reference.final_positions.flat())).toBeLessThan(1e-8);
      expect(largestDifference(velocitiesOf(state), reference.final_velocities.flat())).toBeLessThan(1e-8);
    }
  });
});

function optionsOf({ ensemble = 'NVE', steps, timestep_fs: timestepFs, thermostat }: MdCase): MdOptions {
  const common = { steps, timestepFs, velocities: 'keep' } as const;
  if (ensemble === 'NVE' || !thermostat) return { ...common, ensemble: 'nve' };
  const warm = { ...common, temperatureK: thermostat.temperature_K, thermostatTimeFs: thermostat.taut_fs };
  if (ensemble === 'NVTBerendsen') return { ...warm, ensemble: 'berendsen' };
  const barPerGPa = 1e4;
  return {
    ...warm,
    ensemble: 'npt-berendsen',
    pressureGPa: (thermostat.pressure_bar ?? 0) / barPerGPa,
    barostatTimeFs: thermostat.taup_fs,
    compressibilityPerGPa: (thermostat.compressibility_per_bar ?? 0) * barPerGPa,
  };
}
