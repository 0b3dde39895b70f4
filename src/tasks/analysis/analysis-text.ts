import { driftOfSeries } from '../../../md/analysis/drift.js';
import type { Observables } from '../../../md/analysis/observables.js';
import type { Spectrum } from '../../../md/analysis/spectrum.js';
import { wavenumbersPerTHz } from '../../../md/analysis/spectrum.js';
import type { ThermodynamicQuantity, ThermodynamicSeries } from '../../../md/analysis/thermodynamics.js';
import type { Drift } from '../../../md/state/drift.js';
import { countOf } from '../../count-of.js';
import { digitsOf } from '../../report/format-number.js';
import { largestOf } from '../../statistics/extremes.js';

/** What came out, as rows of a table under a head; `drift` is that of all steps, where it is known. */
export function summaryTable(result: Observables, drift?: Drift): string[][] {
  return [
    ['quantity', 'value', 'error', 'unit', 'remark'],
    ...thermodynamicRows(result, drift),
    ...(result.rdf?.pairs ?? []).map(({ first, second, g }) => {
      const peak = g.indexOf(largestOf(g));
      if (g[peak] === 0) return [`g(r) ${first}-${second}`, '-', '', 'A', 'no pair within the cutoff'];
      const place = result.rdf?.distances[peak].toFixed(2) ?? '';
      return [`g(r) ${first}-${second}`, place, '', 'A', `highest peak, g = ${g[peak].toFixed(2)}`];
    }),
    ...(result.msd?.elements ?? []).flatMap(({ element, diffusion }) =>
      diffusion
        ? [
            [
              `diffusion ${element}`,
              diffusion.coefficient.toExponential(3),
              formatError(diffusion.error, (value) => value.toExponential(1)),
              'cm^2/s',
              `fit from ${diffusion.fitFromFs} to ${diffusion.fitToFs} fs`,
            ],
          ]
        : [],
    ),
    ...(result.vacf?.elements ?? []).flatMap(({ element, spectrum }) => spectrumRow(element, spectrum)),
  ];
}

function thermodynamicRows({ thermo = {}, atomCount }: Observables, knownDrift?: Drift): string[][] {
  const rows = Object.entries(thermo).map(([quantity, series]) => thermodynamicRow(quantity, series));
  const conserved = thermo.conservedEnergy;
  const drift = conserved && (knownDrift ?? driftOfSeries(conserved, atomCount));
  return drift === undefined ? rows : [...rows, driftRow(drift)];
}

function driftRow({ driftMevPerAtomPerPs: drift, driftErrorMevPerAtomPerPs: error }: Drift): string[] {
  if (error === undefined)
    return ['drift', '-', '', 'meV/atom/ps', 'of the conserved energy: too short to tell it from fluctuation'];
  const [value, uncertainty] = [drift, error].map((number) => number.toFixed(digitsOf(error)));
  return ['drift', value, uncertainty, 'meV/atom/ps', 'of the conserved energy'];
}

const written: Readonly<Record<ThermodynamicQuantity, string>> = {
  temperature: 'temperature',
  potentialEnergy: 'potential energy',
  kineticEnergy: 'kinetic energy',
  totalEnergy: 'total energy',
  conservedEnergy: 'conserved energy',
  volume: 'volume',
  density: 'density',
  pressure: 'pressure',
};

function thermodynamicRow(quantity: string, series: ThermodynamicSeries): string[] {
  const { mean, error, unit, samples, blockLength, isPlateau } = series;
  const remark = isPlateau
    ? `${countOf(samples, 'sample')}, blocks of ${blockLength}`
    : `${countOf(samples, 'sample')}: too few for a sure error`;
  const format = (value: number) => value.toFixed(digitsOf(error));
  return [written[quantity as ThermodynamicQuantity], format(mean), formatError(error, format), unit, remark]; // its keys are these
}

function spectrumRow(element: string, { frequenciesTHz, intensities, resolutionTHz }: Spectrum): string[][] {
  if (intensities.length === 0) return [];
  const peak = frequenciesTHz[intensities.indexOf(largestOf(intensities))];
  const place = `${(peak * wavenumbersPerTHz).toFixed(0)} /cm, up to ${frequenciesTHz.at(-1)?.toFixed(1)} THz`;
  return [[`vibrations ${element}`, peak.toFixed(2), resolutionTHz.toFixed(2), 'THz', `highest peak, ${place}`]];
}

function formatError(error: number | undefined, format: (value: number) => string): string {
  return error === undefined || Number.isNaN(error) || error === 0 ? '' : format(error);
}
