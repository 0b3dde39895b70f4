/** Centre of mass in A, [3], of positions [N x 3] and masses [N]. */
export function centerOfMass(positions: Float64Array, masses: Float64Array): Float64Array {
  const center = new Float64Array(3);
  let mass = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    mass += masses[atom];
    for (let axis = 0; axis < 3; axis++) center[axis] += masses[atom] * positions[3 * atom + axis];
  }
  return center.map((value) => value / mass);
}
