import { cellVolume } from '../../src/structure/cell.js';
import { GPa } from '../../src/units.js';
import { pressureTensor } from '../state/pressure.js';
import { conservedEnergy, kineticEnergy, type MdState, temperature } from '../state/state.js';

const columns = 'step,time_fs,temperature_K,potential_eV,kinetic_eV,conserved_eV,net_force_eV_per_A';
const stressColumns =
  'volume_A3,pressure_GPa,stress_xx_GPa,stress_yy_GPa,stress_zz_GPa,stress_yz_GPa,stress_xz_GPa,stress_xy_GPa';

/** First line of the log: the columns; those of stress are there when the calculator gives it. */
export function logHeader({ stress }: MdState): string {
  return `${stress ? `${columns},${stressColumns}` : columns}\n`;
}

/** A line of the log; pressure and stress contain their kinetic part, so that the pressure is minus the mean of the first three. */
export function logLine(state: MdState, timestepFs: number): string {
  const energies = [state.potentialEnergy, kineticEnergy(state), conservedEnergy(state)];
  const time = Number((state.step * timestepFs).toPrecision(12));
  return `${[
    state.step,
    time,
    temperature(state).toFixed(3),
    ...energies.map((energy) => energy.toFixed(8)),
    state.netForce.toExponential(3),
    ...stressFields(state),
  ].join()}\n`;
}

function stressFields(state: MdState): string[] {
  const tensor = pressureTensor(state);
  if (!tensor) return [];
  const pressure = (tensor[0] + tensor[1] + tensor[2]) / 3;
  const inGPa = (value: number) => (value / GPa).toFixed(6);
  return [cellVolume(state.cell).toFixed(6), inGPa(pressure), ...Array.from(tensor, (value) => inGPa(-value))];
}
