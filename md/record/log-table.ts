import { cellVolume } from '../../src/structure/cell.js';
import { GPa } from '../../src/units.js';
import { pressureTensor } from '../state/pressure.js';
import { conservedEnergy, kineticEnergy, type MdState, temperature } from '../state/state.js';
import type { Look } from './error-watch.js';

const columns = 'step,time_fs,temperature_K,potential_eV,kinetic_eV,conserved_eV,net_force_eV_per_A';
const stressColumns =
  'volume_A3,pressure_GPa,stress_xx_GPa,stress_yy_GPa,stress_zz_GPa,stress_yz_GPa,stress_xz_GPa,stress_xy_GPa';

const errorColumns = 'energy_error_eV_per_atom,largest_force_error_eV_per_A,unlike_atoms';

/**
 * First line of the log: the columns; those of stress are there when the calculator gives it, those of errors when they
 * are `watched`.
 */
export function logHeader({ stress }: MdState, { watched = false } = {}): string {
  return `${[columns, ...(stress ? [stressColumns] : []), ...(watched ? [errorColumns] : [])].join()}\n`;
}

/** The errors to expect, as a log has them; `undefined` at a step at which nobody looked. */
export type LoggedErrors = Pick<Look, 'energyPerAtom' | 'largestForce' | 'unlikeAtoms'> | undefined;

/**
 * A line of the log; pressure and stress contain their kinetic part, so that the pressure is minus the mean of the
 * first three.  `errors` are given where they are watched.
 */
export function logLine(
  state: MdState,
  timestepFs: number,
  { watched = false, errors }: { readonly watched?: boolean; readonly errors?: LoggedErrors } = {},
): string {
  const energies = [state.potentialEnergy, kineticEnergy(state), conservedEnergy(state)];
  const time = Number((state.step * timestepFs).toPrecision(12));
  return `${[
    state.step,
    time,
    temperature(state).toFixed(3),
    ...energies.map((energy) => energy.toFixed(8)),
    state.netForce.toExponential(3),
    ...stressFields(state),
    ...(watched ? errorFields(errors) : []),
  ].join()}\n`;
}

function errorFields(errors: LoggedErrors): (string | number)[] {
  if (errors === undefined) return ['', '', ''];
  return [errors.energyPerAtom.toFixed(6), errors.largestForce?.toFixed(5) ?? '', errors.unlikeAtoms];
}

function stressFields(state: MdState): string[] {
  const tensor = pressureTensor(state);
  if (!tensor) return [];
  const pressure = (tensor[0] + tensor[1] + tensor[2]) / 3;
  const inGPa = (value: number) => (value / GPa).toFixed(6);
  return [cellVolume(state.cell).toFixed(6), inGPa(pressure), ...Array.from(tensor, (value) => inGPa(-value))];
}
