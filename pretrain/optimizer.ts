/** Moments of AdamW over one flat parameter buffer of P numbers; mutated by `adamWStep`. */
export interface AdamWState {
  /** Updates done so far. */
  stepCount: number;
  /** Running mean of the gradients, [P]. */
  readonly firstMoment: Float32Array;
  /** Running mean of the squared gradients, [P]. */
  readonly secondMoment: Float32Array;
  /** Largest `secondMoment` seen, [P]; present with AMSGrad. */
  readonly largestSecondMoment?: Float32Array;
}

export interface AdamWOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Forgetting factors of the two moments. */
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** 1 where weight decay applies, 0 for biases and the like, [P]. */
  readonly decayMask: Uint8Array;
}

export function createAdamW(parameterCount: number, { amsgrad }: { readonly amsgrad: boolean }): AdamWState {
  return {
    stepCount: 0,
    firstMoment: new Float32Array(parameterCount),
    secondMoment: new Float32Array(parameterCount),
    ...(amsgrad && { largestSecondMoment: new Float32Array(parameterCount) }),
  };
}

/**
 * Does one update of `parameters`, [P], with `gradients`, [P]: decay decoupled from the gradient, then Adam's step.
 *
 * Mutates `parameters` and `state`.
 *
 * @see Loshchilov and Hutter, arXiv 1711.05101, algorithm 2; Reddi et al., arXiv 1904.09237, for AMSGrad.
 */
export function adamWStep(
  state: AdamWState,
  { parameters, gradients }: { readonly parameters: Float32Array; readonly gradients: Float32Array },
  { learningRate, weightDecay, betas: [beta1, beta2], epsilon, decayMask }: AdamWOptions,
): void {
  state.stepCount++;
  const { firstMoment, secondMoment, largestSecondMoment } = state;
  const stepSize = learningRate / (1 - beta1 ** state.stepCount);
  const secondCorrection = 1 / Math.sqrt(1 - beta2 ** state.stepCount);
  const kept = 1 - learningRate * weightDecay;
  for (let index = 0; index < parameters.length; index++) {
    const gradient = gradients[index];
    firstMoment[index] = beta1 * firstMoment[index] + (1 - beta1) * gradient;
    secondMoment[index] = beta2 * secondMoment[index] + (1 - beta2) * gradient * gradient;
    let square = secondMoment[index];
    if (largestSecondMoment !== undefined) {
      square = Math.max(square, largestSecondMoment[index]);
      largestSecondMoment[index] = square;
    }
    const shrunk = decayMask[index] === 1 ? kept * parameters[index] : parameters[index];
    parameters[index] = shrunk - (stepSize * firstMoment[index]) / (Math.sqrt(square) * secondCorrection + epsilon);
  }
}
