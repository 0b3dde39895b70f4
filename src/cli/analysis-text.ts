import type { AnalysisResult } from '../../md/analysis/analysis.js';
import { driftOfSeries } from '../../md/analysis/drift.js';
import type { Spectrum } from '../../md/analysis/spectrum.js';
import { wavenumbersPerTHz } from '../../md/analysis/spectrum.js';
import type { ThermodynamicQuantity, ThermodynamicSeries } from '../../md/analysis/thermodynamics.js';

/** What came out, as rows of a table under a head. */
export function summaryTable(result: AnalysisResult): string[][] {
  return [
    ['quantity', 'value', 'error', 'unit', 'remark'],
    ...thermodynamicRows(result),
    ...(result.rdf?.pairs ?? []).map(({ first, second, g }) => {
      const peak = g.indexOf(Math.max(...g));
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

function thermodynamicRows({ thermo = {}, atomCount }: AnalysisResult): string[][] {
  const rows = Object.entries(thermo).map(([quantity, series]) => thermodynamicRow(quantity, series));
  const conserved = thermo.conservedEnergy;
  const drift = conserved && driftOfSeries(conserved, atomCount);
  return drift === undefined
    ? rows
    : [...rows, ['drift', drift.toFixed(4), '', 'meV/atom/ps', 'of the conserved energy']];
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
    ? `${samples} samples, blocks of ${blockLength}`
    : `${samples} samples: too few for a sure error`;
  const digits = error === undefined || error === 0 ? 6 : Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(error))));
  const format = (value: number) => value.toFixed(digits);
  return [written[quantity as ThermodynamicQuantity], format(mean), formatError(error, format), unit, remark]; // its keys are these
}

function spectrumRow(element: string, { frequenciesTHz, intensities, resolutionTHz }: Spectrum): string[][] {
  if (intensities.length === 0) return [];
  const peak = frequenciesTHz[intensities.indexOf(Math.max(...intensities))];
  const place = `${(peak * wavenumbersPerTHz).toFixed(0)} /cm, up to ${frequenciesTHz.at(-1)?.toFixed(1)} THz`;
  return [[`vibrations ${element}`, peak.toFixed(2), resolutionTHz.toFixed(2), 'THz', `highest peak, ${place}`]];
}

function formatError(error: number | undefined, format: (value: number) => string): string {
  return error === undefined || Number.isNaN(error) ? '' : format(error);
}

/** All curves in one table: a row for each point, which every program for tables can group. */
export function formatCsv({ thermo, rdf, msd, vacf }: AnalysisResult): string {
  const lines = ['analysis,series,x,x_unit,value,error,unit'];
  const add = (analysis: string, series: string, { x, xUnit, values, errors, unit }: Curve) => {
    for (let i = 0; i < values.length; i++) {
      const error = errors && Number.isFinite(errors[i]) ? errors[i] : '';
      lines.push([analysis, series, Number(x[i].toPrecision(12)), xUnit, values[i], error, unit].join());
    }
  };
  for (const [quantity, { timesFs, values, unit }] of Object.entries(thermo ?? {}))
    add('thermo', quantity, { x: timesFs, xUnit: 'fs', values, unit });
  for (const { first, second, g, neighborsOfFirst } of rdf?.pairs ?? []) {
    const x = rdf?.distances ?? [];
    add('rdf', `${first}-${second}`, { x, xUnit: 'A', values: g, unit: '1' });
    add('neighbors', `${second} about ${first}`, { x, xUnit: 'A', values: neighborsOfFirst, unit: '1' });
  }
  for (const { element, values, errors } of msd?.elements ?? [])
    add('msd', element, { x: msd?.lagsFs ?? [], xUnit: 'fs', values, errors, unit: 'A^2' });
  for (const { element, values, spectrum } of vacf?.elements ?? []) {
    add('vacf', element, { x: vacf?.lagsFs ?? [], xUnit: 'fs', values, unit: '1' });
    add('spectrum', element, { x: spectrum.frequenciesTHz, xUnit: 'THz', values: spectrum.intensities, unit: '1/THz' });
  }
  return `${lines.join('\n')}\n`;
}

interface Curve {
  readonly x: ArrayLike<number>;
  readonly xUnit: string;
  readonly values: Float64Array;
  readonly errors?: Float64Array;
  readonly unit: string;
}
