import { cellVolume } from '../src/structure/cell.js';
import type { MdState } from './state.js';

/**
 * Internal pressure tensor -stress + sum p p/(m V) in eV/A^3, [6]: xx yy zz yz xz xy, written into `out`; undefined without stress.
 * Its mean over the first three is the pressure.
 */
export function pressureTensor(state: MdState, out = new Float64Array(6)): Float64Array | undefined {
  const { momenta, masses, stress, cell } = state;
  if (!stress) return undefined;
  out.fill(0);
  for (let atom = 0; atom < masses.length; atom++) {
    const x = momenta[3 * atom];
    const y = momenta[3 * atom + 1];
    const z = momenta[3 * atom + 2];
    const inverse = 1 / masses[atom];
    out[0] += x * x * inverse;
    out[1] += y * y * inverse;
    out[2] += z * z * inverse;
    out[3] += y * z * inverse;
    out[4] += x * z * inverse;
    out[5] += x * y * inverse;
  }
  const volume = cellVolume(cell);
  for (let k = 0; k < 6; k++) out[k] = out[k] / volume - stress[k];
  return out;
}

/** Pressure in eV/A^3, kinetic part included; undefined without stress. */
export function pressureOf(state: MdState): number | undefined {
  const tensor = pressureTensor(state);
  return tensor && (tensor[0] + tensor[1] + tensor[2]) / 3;
}
