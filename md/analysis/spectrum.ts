/** Vibrations by frequency. */
export interface Spectrum {
  /** Frequencies in THz, [F], from 0 to half of the sampling rate, beyond which they would fold back. */
  readonly frequenciesTHz: Float64Array;
  /** Intensity per THz, [F]; its integral is 1. */
  readonly intensities: Float64Array;
  /** Peaks closer than this run into one, in THz. */
  readonly resolutionTHz: number;
}

/** One THz in 1/cm. */
export const wavenumbersPerTHz = 1e12 / 2.99792458e10;

/** Points between two independent frequencies, so that a peak is seen as a curve. */
const refinement = 4;

/**
 * Spectrum of a normalised autocorrelation, [L], sampled every `intervalFs`: its cosine transform under a Hann window,
 * I(f) = 4 dt (C_0/2 + sum_k w_k C_k cos 2 pi f k dt).
 */
export function vibrationalSpectrum(correlation: Float64Array, intervalFs: number): Spectrum {
  const length = correlation.length;
  const interval = intervalFs / 1000; // ps, so that frequencies are in THz
  if (length < 2 || interval === 0) {
    return { frequenciesTHz: new Float64Array(0), intensities: new Float64Array(0), resolutionTHz: Number.NaN };
  }
  const windowed = correlation.map((value, lag) => (value * (1 + Math.cos((Math.PI * lag) / length))) / 2);
  const count = refinement * length;
  // cos(2 pi f k dt) with f = n/(2 dt count) is a table of cosines, read at multiples of k n.
  const cosines = Float64Array.from({ length: 2 * count }, (_, k) => Math.cos((Math.PI * k) / count));
  const intensities = Float64Array.from({ length: count + 1 }, (_, n) => {
    let sum = windowed[0] / 2;
    for (let lag = 1; lag < length; lag++) sum += windowed[lag] * cosines[(lag * n) % (2 * count)];
    return 4 * interval * sum;
  });
  const step = 1 / (2 * interval * count);
  return {
    frequenciesTHz: intensities.map((_, n) => n * step),
    intensities,
    resolutionTHz: 1 / (length * interval),
  };
}
