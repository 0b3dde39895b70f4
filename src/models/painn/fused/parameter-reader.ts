import type { PainnConfig } from '../config.js';
import { painnLayout } from '../painn-parameters.js';

/** Numbers of a parameter, row after row of `width`. */
export interface Parameter {
  readonly data: Float32Array;
  readonly width: number;
}

/** Finds parameters by name; one that a network does not have has no numbers. */
export type ParameterReader = (name: string) => Parameter;

export function parameterReader(config: PainnConfig, parameters: Float32Array): ParameterReader {
  const entries = new Map(painnLayout(config).entries.map((entry) => [entry.name, entry]));
  return (name) => {
    const { offset, size, shape } = entries.get(name) ?? { offset: 0, size: 0, shape: [0] };
    return { data: parameters.subarray(offset, offset + size), width: shape[shape.length - 1] };
  };
}

/**
 * Factors of the rows of `x_proj.2`, whose thirds are a, b and c of the messages: a, b / sqrt(3 h) and c / sqrt h are
 * what is sent.
 */
export function sentFactor(row: number, channels: number): number {
  const third = Math.floor(row / channels);
  return third === 0 ? 1 : 1 / Math.sqrt((third === 1 ? 3 : 1) * channels);
}
