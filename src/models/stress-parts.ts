/** Parts of a stress that a head says: the isotropic one and five of degree 2. */
export const stressPartCount = 6;

const [third, sixth, half] = [3, 6, 2].map((divisor) => 1 / Math.sqrt(divisor));

/**
 * What each part of a stress contributes to its components xx yy zz yz xz xy, [6 parts x 6].
 *
 * The parts are (xx+yy+zz)/sqrt3, sqrt2 xz, sqrt2 xy, (2yy-xx-zz)/sqrt6, sqrt2 yz and (zz-xx)/sqrt2.
 */
export const componentsOfStressParts: readonly number[] = [
  ...[third, third, third, 0, 0, 0],
  ...[0, 0, 0, 0, half, 0],
  ...[0, 0, 0, 0, 0, half],
  ...[-sixth, 2 * sixth, -sixth, 0, 0, 0],
  ...[0, 0, 0, half, 0, 0],
  ...[-half, 0, half, 0, 0, 0],
];

/**
 * The parts of degree 2 of the products a_i b_j of two vectors, made symmetric, [9 x 5]: the rows are xx xy xz yx yy yz
 * zx zy zz, and
 * |parts|^2 is the sum of the squares of the traceless symmetric tensor.
 */
export const partsOfProducts: readonly (readonly number[])[] = [0, 5, 4, 5, 1, 3, 4, 3, 2].map((component) =>
  Array.from({ length: stressPartCount - 1 }, (_, part) => componentsOfStressParts[6 * (part + 1) + component]),
);

/** Physical value = scale x output + offset, in eV/A^3, for the isotropic part and for those of degree 2. */
export interface StressScales {
  readonly isotropic: { readonly scale: number; readonly offset: number };
  readonly anisotropic: { readonly scale: number; readonly offset: number };
}

/** The stress of a structure, [6] in eV/A^3, of what each of its atoms says of the parts, [N x 6]: the mean counts. */
export function stressOfParts(ofAtoms: ArrayLike<number>, { isotropic, anisotropic }: StressScales): Float64Array {
  const stress = new Float64Array(6);
  const atomCount = ofAtoms.length / stressPartCount;
  for (let part = 0; part < stressPartCount; part++) {
    let sum = 0;
    for (let atom = 0; atom < atomCount; atom++) sum += ofAtoms[stressPartCount * atom + part];
    const { scale, offset } = part === 0 ? isotropic : anisotropic;
    const value = (scale * sum) / atomCount + offset;
    for (let component = 0; component < 6; component++) {
      stress[component] += value * componentsOfStressParts[6 * part + component];
    }
  }
  return stress;
}
