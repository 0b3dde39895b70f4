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

/** Parameters that are updated alike. */
export interface ParameterGroup {
  /** Place of the first in the flat buffer, and how many there are. */
  readonly offset: number;
  readonly size: number;
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Factor on the learning rate; 1 when absent. */
  readonly rateFactor?: number;
}

export interface AdamWOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Forgetting factors of the two moments. */
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** All parameters. */
  readonly groups: readonly ParameterGroup[];
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
  { groups, ...options }: AdamWOptions,
): void {
  state.stepCount++;
  for (const group of groups) updateGroup(state, { parameters, gradients }, { ...options, ...group });
}

function updateGroup(
  { stepCount, firstMoment, secondMoment, largestSecondMoment }: AdamWState,
  { parameters, gradients }: { readonly parameters: Float32Array; readonly gradients: Float32Array },
  options: Omit<AdamWOptions, 'groups'> & ParameterGroup,
): void {
  const { weightDecay, epsilon, offset, size, decay, rateFactor = 1 } = options;
  const [beta1, beta2] = options.betas;
  const learningRate = options.learningRate * rateFactor;
  const stepSize = learningRate / (1 - beta1 ** stepCount);
  const secondCorrection = 1 / Math.sqrt(1 - beta2 ** stepCount);
  const kept = decay ? 1 - learningRate * weightDecay : 1;
  for (let index = offset; index < offset + size; index++) {
    const gradient = gradients[index];
    firstMoment[index] = beta1 * firstMoment[index] + (1 - beta1) * gradient;
    secondMoment[index] = beta2 * secondMoment[index] + (1 - beta2) * gradient * gradient;
    let square = secondMoment[index];
    if (largestSecondMoment !== undefined) {
      square = Math.max(square, largestSecondMoment[index]);
      largestSecondMoment[index] = square;
    }
    const step = (stepSize * firstMoment[index]) / (Math.sqrt(square) * secondCorrection + epsilon);
    parameters[index] = kept * parameters[index] - step;
  }
}
