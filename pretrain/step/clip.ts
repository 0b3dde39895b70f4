/** Scales `gradients` in place so that their Euclidean norm is at most `maximumNorm`; returns the norm before. */
export function clipGlobalNorm(gradients: Float32Array, maximumNorm: number): number {
  let square = 0;
  for (let index = 0; index < gradients.length; index++) square += gradients[index] * gradients[index];
  const norm = Math.sqrt(square);
  if (norm > maximumNorm) {
    const scale = maximumNorm / norm;
    for (let index = 0; index < gradients.length; index++) gradients[index] *= scale;
  }
  return norm;
}
