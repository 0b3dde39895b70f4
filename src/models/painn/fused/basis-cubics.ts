import { gaussianCentres, type RadialBasis } from '../../layers/radial-basis.js';

/** What radial filters are made of; see `radialBasis` and `polynomialEnvelope`. */
export interface BasisOptions {
  readonly basis: RadialBasis;
  readonly basisSize: number;
  /** In A. */
  readonly cutoff: number;
  readonly envelopeExponent: number;
}

/** Value of a function of the distance and its derivative (1/A). */
interface Jet {
  readonly value: number;
  readonly slope: number;
}

/**
 * Cubics in place of the K radial functions times the envelope, and of the envelope itself, on intervals of equal
 * length.
 *
 * Each meets value and slope of its function at both ends, so that the slopes are continuous.
 */
export interface BasisCubics {
  readonly intervals: number;
  /** Length of an interval in A. */
  readonly spacing: number;
  /** Of c0 + t (c1 + t (c2 + t c3)), t from 0 to 1: [intervals x 4 x (K + 1)], the envelope last. */
  readonly coefficients: Float64Array;
  /** Largest errors of the values and of the slopes (1/A) of each function, [K + 1]. */
  readonly valueErrors: Float64Array;
  readonly slopeErrors: Float64Array;
}

/**
 * Tabulates the functions.  To leading order a cubic is wrong by f''''/24 (t (1 - t))^2 spacing^4: most in the middle,
 * and its slope most where t = 1/2 +- 1/sqrt 12; there the errors are measured.
 */
export function tabulateBasis(options: BasisOptions, intervals: number): BasisCubics {
  const count = options.basisSize + 1;
  const spacing = options.cutoff / intervals;
  const coefficients = new Float64Array(4 * intervals * count);
  const valueErrors = new Float64Array(count);
  const slopeErrors = new Float64Array(count);
  let start = functionsAt(options, 0);
  for (let interval = 0; interval < intervals; interval++) {
    const end = functionsAt(options, (interval + 1) * spacing);
    const middle = functionsAt(options, (interval + 0.5) * spacing);
    const steepest = functionsAt(options, (interval + steepestError) * spacing);
    for (let f = 0; f < count; f++) {
      const cubic = cubicThrough(start[f], end[f], spacing);
      const place = 4 * interval * count + f;
      for (let power = 0; power < 4; power++) coefficients[place + power * count] = cubic[power];
      const valueError = Math.abs(valueOf(cubic, 0.5) - middle[f].value);
      const slopeError = Math.abs(slopeOf(cubic, steepestError) / spacing - steepest[f].slope);
      valueErrors[f] = Math.max(valueErrors[f], valueError);
      slopeErrors[f] = Math.max(slopeErrors[f], slopeError);
    }
    start = end;
  }
  return { intervals, spacing, coefficients, valueErrors, slopeErrors };
}

const steepestError = 0.5 - Math.sqrt(1 / 12);

type Cubic = readonly [c0: number, c1: number, c2: number, c3: number];

function cubicThrough(start: Jet, end: Jet, spacing: number): Cubic {
  const rise = end.value - start.value;
  const [startSlope, endSlope] = [spacing * start.slope, spacing * end.slope];
  return [start.value, startSlope, 3 * rise - 2 * startSlope - endSlope, startSlope + endSlope - 2 * rise];
}

function valueOf([c0, c1, c2, c3]: Cubic, t: number): number {
  return c0 + t * (c1 + t * (c2 + t * c3));
}

function slopeOf([, c1, c2, c3]: Cubic, t: number): number {
  return c1 + t * (2 * c2 + t * 3 * c3);
}

function functionsAt(options: BasisOptions, distance: number): Jet[] {
  const { basis, basisSize, cutoff } = options;
  const envelope = envelopeAt(options, distance);
  const functions =
    basis === 'bessel'
      ? Array.from({ length: basisSize }, (_, k) => besselAt(((k + 1) * Math.PI) / cutoff, cutoff, distance))
      : gaussiansAt(basisSize, cutoff, distance);
  return [...functions.map((each) => productOf(each, envelope)), envelope];
}

function productOf(a: Jet, b: Jet): Jet {
  return { value: a.value * b.value, slope: a.value * b.slope + a.slope * b.value };
}

function besselAt(frequency: number, cutoff: number, distance: number): Jet {
  const norm = Math.sqrt(2 / cutoff);
  if (distance === 0) return { value: norm * frequency, slope: 0 };
  const [sine, cosine] = [Math.sin(frequency * distance), Math.cos(frequency * distance)];
  return { value: (norm * sine) / distance, slope: (norm * (frequency * cosine - sine / distance)) / distance };
}

function gaussiansAt(size: number, cutoff: number, distance: number): Jet[] {
  const centres = gaussianCentres(size);
  const coefficient = -0.5 / (centres[1] - centres[0]) ** 2;
  return Array.from(centres, (centre) => {
    const offset = distance / cutoff - centre;
    const value = Math.exp(coefficient * offset * offset);
    return { value, slope: (2 * coefficient * offset * value) / cutoff };
  });
}

function envelopeAt({ cutoff, envelopeExponent: p }: BasisOptions, distance: number): Jet {
  const x = distance / cutoff;
  if (x >= 1) return { value: 0, slope: 0 };
  const [a, b, c] = [-((p + 1) * (p + 2)) / 2, p * (p + 2), -(p * (p + 1)) / 2];
  return {
    value: 1 + x ** p * (a + x * (b + x * c)),
    slope: (x ** (p - 1) * (p * a + x * ((p + 1) * b + x * (p + 2) * c))) / cutoff,
  };
}
