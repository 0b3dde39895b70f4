import { cellVolume } from '../../src/structure/cell.js';
import type { MdState } from './state.js';

/** Kinetic tensor sum p p/m in eV, [6]: xx yy zz yz xz xy; its trace is twice the kinetic energy. */
export function kineticTensor({ momenta, masses }: Pick<MdState, 'momenta' | 'masses'>): Float64Array {
  let xx = 0;
  let yy = 0;
  let zz = 0;
  let yz = 0;
  let xz = 0;
  let xy = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    const x = momenta[3 * atom];
    const y = momenta[3 * atom + 1];
    const z = momenta[3 * atom + 2];
    const inverse = 1 / masses[atom];
    xx += x * x * inverse;
    yy += y * y * inverse;
    zz += z * z * inverse;
    yz += y * z * inverse;
    xz += x * z * inverse;
    xy += x * y * inverse;
  }
  return Float64Array.of(xx, yy, zz, yz, xz, xy);
}

/**
 * Internal pressure tensor -stress + sum p p/(m V) in eV/A^3, [6]: xx yy zz yz xz xy; undefined without stress.
 * Its mean over the first three is the pressure.
 */
export function pressureTensor(state: MdState, kinetic = kineticTensor(state)): Float64Array | undefined {
  const { stress, cell } = state;
  if (!stress) return undefined;
  const volume = cellVolume(cell);
  return kinetic.map((value, k) => value / volume - stress[k]);
}

/** Pressure in eV/A^3, kinetic part included; undefined without stress. */
export function pressureOf(state: MdState, kinetic?: Float64Array): number | undefined {
  const tensor = pressureTensor(state, kinetic);
  return tensor && (tensor[0] + tensor[1] + tensor[2]) / 3;
}
