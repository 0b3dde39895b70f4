import { writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import type { Observables } from './observables.js';

/** Where results go. */
export interface AnalysisFiles {
  /** Everything, as one object. */
  readonly json: string;
  /** All curves, as one table. */
  readonly csv: string;
}

/** Writes results, each file whole or not at all. */
export async function writeAnalysis(result: Observables, { json, csv }: AnalysisFiles): Promise<void> {
  const text = JSON.stringify(result, (_, item: unknown) => (item instanceof Float64Array ? Array.from(item) : item));
  await writeFileAtomic(json, `${text}\n`);
  await writeFileAtomic(csv, formatCurves(result));
}

/** All curves in one table: a row for each point, which every program for tables can group. */
export function formatCurves({ thermo, rdf, msd, vacf }: Observables): string {
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
