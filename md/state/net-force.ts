/**
 * Takes an equal share of the net force from every atom, in place; returns the length of that net force.
 *
 * Shapes: `forces` is [N x 3].  Units: eV/A.
 */
export function removeNetForce(forces: Float64Array): number {
  const atomCount = forces.length / 3;
  let square = 0;
  for (let axis = 0; axis < 3; axis++) {
    let net = 0;
    for (let i = axis; i < forces.length; i += 3) net += forces[i];
    for (let i = axis; i < forces.length; i += 3) forces[i] -= net / atomCount;
    square += net * net;
  }
  return Math.sqrt(square);
}
