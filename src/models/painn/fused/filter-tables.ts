import { LammError } from '../../../errors.js';
import type { PainnConfig } from '../config.js';
import { type BasisCubics, tabulateBasis } from './basis-cubics.js';
import { parameterReader } from './parameter-reader.js';

/** The radial filters of one layer, envelope(r) (sum_k W_fk basis_k(r) + b_f) for each filter f. */
interface FilterWeights {
  /** [F x K]. */
  readonly weights: Float32Array;
  /** [F]. */
  readonly biases: Float32Array;
}

/** Cubics in place of the filters of one layer. */
export interface FilterTable {
  readonly intervals: number;
  /** Length of an interval in A. */
  readonly spacing: number;
  /** Of c0 + t (c1 + t (c2 + t c3)), t from 0 to 1: [intervals x 4 x F]. */
  readonly coefficients: Float64Array;
  /** Bounds of the errors of values and of slopes, relative to the largest value and slope of a filter of the layer. */
  readonly valueError: number;
  readonly slopeError: number;
}

/** The tables of all layers, on the same intervals as those of the functions that filters are made of. */
export interface FilterTables {
  readonly basis: BasisCubics;
  readonly layers: readonly FilterTable[];
}

// Energies and forces of a model then differ by less than they do in single precision.
const maxValueError = 1e-6;
const maxSlopeError = 1e-5;
const minIntervals = 512;
const maxIntervals = 4096;

/**
 * Tabulates the filters of all layers of a smooth model, with intervals halved until the errors are small enough in all
 * of them.
 *
 * @throws {LammError} `engine` when they are not with the shortest intervals.
 */
export function tabulateFilters(config: PainnConfig, parameters: Float32Array): FilterTables {
  const weights = filtersOfLayers(config, parameters);
  for (let intervals = minIntervals; intervals <= maxIntervals; ) {
    const basis = tabulateBasis(config, intervals);
    const layers = weights.map((filters) => combine(basis, filters));
    const halvings = Math.max(...layers.map(halvingsNeeded));
    if (halvings <= 0) return { basis, layers };
    intervals *= 2 ** Math.ceil(halvings);
  }
  const message = `the radial filters of this model cannot be tabulated to ${maxValueError} of their largest value`;
  throw new LammError('engine', `${message}; the engine onnx does without tables`);
}

function filtersOfLayers(config: PainnConfig, parameters: Float32Array): FilterWeights[] {
  const read = parameterReader(config, parameters);
  return Array.from({ length: config.layers }, (_, layer) => {
    const name = `message_layers.${layer}.rbf_proj`;
    return { weights: read(`${name}.weight`).data, biases: read(`${name}.bias`).data };
  });
}

/**
 * How often the intervals of a table must be halved: errors of values fall with the fourth power of the spacing, those
 * of slopes with the third.
 */
function halvingsNeeded({ valueError, slopeError }: FilterTable): number {
  return Math.max(Math.log2(valueError / maxValueError) / 4, Math.log2(slopeError / maxSlopeError) / 3);
}

/**
 * A cubic of a filter is the same sum of cubics as the filter is of functions, and no more wrong than the sum of their
 * errors.
 */
function combine(basis: BasisCubics, { weights, biases }: FilterWeights): FilterTable {
  const { intervals, spacing } = basis;
  const count = biases.length;
  const functions = basis.valueErrors.length;
  const terms = Float64Array.from({ length: functions * count }, (_, place) => {
    const [k, f] = [Math.floor(place / count), place % count];
    return k < functions - 1 ? weights[f * (functions - 1) + k] : biases[f];
  });
  const coefficients = new Float64Array(4 * intervals * count);
  for (let row = 0; row < 4 * intervals; row++) {
    for (let k = 0; k < functions; k++) {
      const factor = basis.coefficients[row * functions + k];
      for (let f = 0; f < count; f++) coefficients[row * count + f] += factor * terms[k * count + f];
    }
  }
  return { intervals, spacing, coefficients, ...boundErrors({ basis, terms, coefficients, count }) };
}

function boundErrors({
  basis: { intervals, spacing, valueErrors, slopeErrors },
  terms,
  coefficients,
  count,
}: {
  basis: BasisCubics;
  terms: Float64Array;
  coefficients: Float64Array;
  count: number;
}): Pick<FilterTable, 'valueError' | 'slopeError'> {
  const largestOf = (power: number) => {
    let largest = Number.MIN_VALUE;
    for (let interval = 0; interval < intervals; interval++) {
      const row = (4 * interval + power) * count;
      for (let f = 0; f < count; f++) largest = Math.max(largest, Math.abs(coefficients[row + f]));
    }
    return largest;
  };
  const boundOf = (errors: Float64Array) => {
    let bound = 0;
    for (let f = 0; f < count; f++) {
      bound = Math.max(
        bound,
        errors.reduce((sum, error, k) => sum + error * Math.abs(terms[k * count + f]), 0),
      );
    }
    return bound;
  };
  return {
    valueError: boundOf(valueErrors) / largestOf(0),
    slopeError: boundOf(slopeErrors) / (largestOf(1) / spacing),
  };
}
