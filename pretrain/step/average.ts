/**
 * Moves the running average of the parameters, [P], towards their present values, in place.
 *
 * The factor is `decay`, but smaller during the first updates, (1 + n) / (10 + n) after n of them, so that the
 * average soon forgets the random start.
 */
export function updateAverage(
  average: Float32Array,
  parameters: Float32Array,
  { decay, stepCount }: { readonly decay: number; readonly stepCount: number },
): void {
  const kept = Math.min(decay, (1 + stepCount) / (10 + stepCount));
  for (let index = 0; index < average.length; index++) {
    average[index] += (1 - kept) * (parameters[index] - average[index]);
  }
}
