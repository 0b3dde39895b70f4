import type { Observables } from '../../../md/analysis/observables.js';
import type { ThermodynamicSeries } from '../../../md/analysis/thermodynamics.js';
import { linePlot, type PlotSeries } from '../../report/line-plot.js';

/** Pictures of everything in a result, as SVG. */
export function analysisPlots(result: Observables): string[] {
  return [...thermodynamicPlots(result), ...structurePlots(result), ...dynamicPlots(result)];
}

function thermodynamicPlots({ thermo = {}, atomCount }: Observables): string[] {
  const { temperature, potentialEnergy, totalEnergy, conservedEnergy, pressure, density, volume } = thermo;
  const perAtom = (series: ThermodynamicSeries | undefined, name: string): PlotSeries[] =>
    series ? [overTime(name, series, (value) => (1000 * (value - series.values[0])) / atomCount)] : [];
  const plot = (title: string, yLabel: string, series: readonly PlotSeries[]) =>
    series.some(({ x }) => x.length > 1) ? [linePlot(series, { title, xLabel: 'time (ps)', yLabel })] : [];
  const one = (name: string, series?: ThermodynamicSeries) => (series ? [overTime(name, series)] : []);
  return [
    ...plot('Temperature', 'temperature (K)', one('temperature', temperature)),
    ...plot('Energy, from its start', 'energy (meV/atom)', [
      ...perAtom(potentialEnergy, 'potential'),
      ...perAtom(conservedEnergy ?? totalEnergy, conservedEnergy ? 'conserved' : 'total'),
    ]),
    ...plot('Drift of the conserved energy', 'energy (meV/atom)', perAtom(conservedEnergy, 'conserved')),
    ...plot('Pressure', 'pressure (GPa)', one('pressure', pressure)),
    // A cell that keeps its volume needs no picture.
    ...(density && density.standardDeviation > 0 ? plot('Density', 'density (g/cm^3)', one('density', density)) : []),
    ...(!density && volume && volume.standardDeviation > 0
      ? plot('Volume', 'volume (A^3)', one('volume', volume))
      : []),
  ];
}

function structurePlots({ rdf }: Observables): string[] {
  if (!rdf) return [];
  const series = rdf.pairs.map(({ first, second, g }) => ({
    name: first === 'all' ? 'all' : `${first}-${second}`,
    ...fromZero(rdf.distances, g),
  }));
  return [linePlot(series, { title: 'Radial distribution', xLabel: 'distance (A)', yLabel: 'g(r)', include: 0 })];
}

function dynamicPlots({ msd, vacf }: Observables): string[] {
  const plots: string[] = [];
  if (msd && msd.lagsFs.length > 0) {
    const x = msd.lagsFs.map((lag) => lag / 1000);
    const series = msd.elements.map(({ element, values, errors }) => ({
      name: element,
      ...fromZero(x, values),
      errors: Float64Array.of(0, ...errors),
    }));
    plots.push(
      linePlot(series, { title: 'Mean squared displacement', xLabel: 'time (ps)', yLabel: 'A^2', include: 0 }),
    );
  }
  if (vacf && vacf.lagsFs.length > 1) {
    const x = vacf.lagsFs.map((lag) => lag / 1000);
    const correlations = vacf.elements.map(({ element, values }) => ({ name: element, x, y: values }));
    plots.push(
      linePlot(correlations, {
        title: 'Velocity autocorrelation',
        xLabel: 'time (ps)',
        yLabel: 'C(t)/C(0)',
        include: 0,
      }),
    );
    const spectra = vacf.elements.map(({ element, spectrum }) => ({
      name: element,
      x: spectrum.frequenciesTHz,
      y: spectrum.intensities,
    }));
    plots.push(
      linePlot(spectra, { title: 'Vibrational spectrum', xLabel: 'frequency (THz)', yLabel: '1/THz', include: 0 }),
    );
  }
  return plots;
}

/** A curve that begins at (0, 0), with that point. */
function fromZero(x: Float64Array, y: Float64Array): { x: Float64Array; y: Float64Array } {
  return { x: Float64Array.of(0, ...x), y: Float64Array.of(0, ...y) };
}

function overTime(
  name: string,
  { timesFs, values }: ThermodynamicSeries,
  change = (value: number) => value,
): PlotSeries {
  return { name, x: timesFs.map((time) => time / 1000), y: values.map(change) };
}
