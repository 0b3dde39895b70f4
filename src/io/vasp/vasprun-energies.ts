import { parseNumber, quote } from '../text/text-cursor.js';
import { failAt, type Reading } from './vasprun-table.js';

/** The energies of a step or of one of its electronic steps, as they are written, by name. */
export type Energies = ReadonlyMap<string, string>;

/** One of the energies in eV. */
export function energyOf(energies: Energies, name: string, reading: Reading): number {
  const word = energies.get(name);
  const value = parseNumber(word ?? '');
  if (Number.isFinite(value)) return value;
  return failAt(reading, `expected a number for ${name}, found ${word === undefined ? 'none' : quote(word)}`);
}

/**
 * Energy(sigma->0) of an ionic step in eV.  VASP 5 writes a wrong e_0_energy for the step, and no van der Waals term
 * for its electronic steps: so the difference to the free energy is taken from the last `electronic` step.
 */
export function energyAtZeroWidth(energies: Energies, electronic: Energies | undefined, reading: Reading): number {
  const freeEnergy = energyOf(energies, 'e_fr_energy', reading);
  if (electronic !== undefined) {
    const energy = energyOf(electronic, 'e_0_energy', reading);
    const total = energyOf(electronic, 'e_fr_energy', reading);
    return total === freeEnergy ? energy : freeEnergy + (energy - total);
  }
  const withoutEntropy = energyOf(energies, 'e_wo_entrp', reading);
  const energy = energyOf(energies, 'e_0_energy', reading);
  if ((energy - freeEnergy) * (energy - withoutEntropy) <= 1e-8) return energy;
  return failAt(
    reading,
    'expected e_0_energy between e_fr_energy and e_wo_entrp, and there is no electronic step to take it from',
  );
}
