import {
  type ElementErrors,
  errorsOfPairs,
  joinPairs,
  type Pairs,
  type ParitySet,
} from '../../../pretrain/assess/parity.js';
import { densityPlot } from '../../report/density-plot.js';
import { linePlot, type PlotSeries } from '../../report/line-plot.js';
import { periodicPlot } from '../../report/periodic-plot.js';
import { scatterPlot } from '../../report/scatter-plot.js';

/** A quantity that is compared. */
interface Compared {
  readonly title: string;
  readonly short: string;
  readonly unit: string;
  /** Unit of its errors, and what turns them into it. */
  readonly errorUnit: string;
  readonly factor: number;
  readonly pairsOf: (set: ParitySet) => Pairs;
}

const quantities: readonly Compared[] = [
  {
    title: 'Energy per atom above fitted references',
    short: 'energy per atom',
    unit: 'eV/atom',
    errorUnit: 'meV/atom',
    factor: 1000,
    pairsOf: ({ energies }) => energies,
  },
  {
    title: 'Force components',
    short: 'force components',
    unit: 'eV/A',
    errorUnit: 'meV/A',
    factor: 1000,
    pairsOf: ({ forces }) => forces,
  },
  {
    title: 'Stress components',
    short: 'stress components',
    unit: 'GPa',
    errorUnit: 'GPa',
    factor: 1,
    pairsOf: ({ stress }) => stress,
  },
];

/** Points beyond which their density is drawn. */
const maxPoints = 3000;
/** Files beyond which only all of them together are drawn. */
const maxFiles = 20;

export interface NamedSet extends ParitySet {
  readonly name: string;
}

/** Parity of energies, forces and stress, distributions of the errors and shares of small errors, over all files. */
export function parityPlots(files: readonly NamedSet[]): string[] {
  const quantitiesThere = quantities.filter(({ pairsOf }) => files.some((set) => pairsOf(set).reference.length > 0));
  return [
    ...quantitiesThere.map((quantity) => parityPlot(files, quantity, quantity.title)),
    ...quantitiesThere.map((quantity) => distributionPlot(files, quantity)),
    ...quantitiesThere.map((quantity) => cumulativePlot(files, quantity)),
  ];
}

/** Parity of each file in pictures of its own. */
export function parityPlotsByFile(files: readonly NamedSet[]): string[] {
  return files.flatMap((file) =>
    quantities.flatMap((quantity) => {
      if (quantity.pairsOf(file).reference.length === 0) return [];
      return [parityPlot([file], quantity, file.name)];
    }),
  );
}

function parityPlot(files: readonly NamedSet[], { unit, pairsOf }: Compared, title: string): string {
  const labels = { title, xLabel: `reference (${unit})`, yLabel: `predicted (${unit})` };
  const all = joinPairs(files.map(pairsOf));
  if (all.reference.length > maxPoints || files.length > maxFiles)
    return densityPlot({ x: all.reference, y: all.predicted }, labels);
  const series = files.map((file, style) => {
    const { reference, predicted } = pairsOf(file);
    return { name: file.name, x: reference, y: predicted, style };
  });
  return scatterPlot(
    series.filter(({ x }) => x.length > 0),
    { ...labels, diagonal: true },
  );
}

/** Errors of the forces on each element, and of the energies of structures that hold it, as periodic tables. */
export function elementPlots(errors: readonly ElementErrors[]): string[] {
  const forces = errors.filter(({ atoms }) => atoms > 0);
  const energies = errors.filter(({ structures }) => structures > 0);
  const plural = (count: number, name: string) => `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
  return [
    periodicPlot(
      forces.map(({ number, forces, atoms }) => ({ number, value: 1000 * forces, title: plural(atoms, 'atom') })),
      { title: 'Forces on atoms of each element', unit: 'MAE, meV/A' },
    ),
    periodicPlot(
      energies.map(({ number, energy, structures }) => ({
        number,
        value: 1000 * energy,
        title: plural(structures, 'structure'),
      })),
      { title: 'Energies of structures that hold each element', unit: 'MAE, meV/atom' },
    ),
  ].filter((_, index) => [forces, energies][index].length > 0);
}

interface NamedErrors {
  readonly name: string;
  readonly style: number;
  readonly errors: Float64Array;
}

/** Errors of each file, or of all where there are many, in the unit of errors. */
function errorsByFile(files: readonly NamedSet[], { pairsOf, factor }: Compared): NamedErrors[] {
  const inUnit = (pairs: Pairs) => errorsOfPairs(pairs).map((error) => factor * error);
  if (files.length > maxFiles) return [{ name: 'all', style: 0, errors: inUnit(joinPairs(files.map(pairsOf))) }];
  return files
    .map((file, style) => ({ name: file.name, style, errors: inUnit(pairsOf(file)) }))
    .filter(({ errors }) => errors.length > 0);
}

const bins = 61;

/** How errors are spread, but for the twentieth that is largest, as stairs. */
function distributionPlot(files: readonly NamedSet[], quantity: Compared): string {
  const sets = errorsByFile(files, quantity);
  const end = Math.max(...sets.map(({ errors }) => quantile(sorted(errors.map(Math.abs)), 0.95))) || 1;
  const series = sets.map(({ errors, ...named }): PlotSeries => {
    const counts = new Float64Array(bins);
    for (const error of errors) {
      const bin = Math.floor(((error / end + 1) / 2) * bins);
      if (bin >= 0 && bin < bins) counts[bin]++;
    }
    const edge = (bin: number) => end * ((2 * bin) / bins - 1);
    const stairs = [...counts].flatMap((count, bin) => {
      const share = (100 * count) / errors.length;
      return [
        [edge(bin), share],
        [edge(bin + 1), share],
      ];
    });
    return { ...named, x: stairs.map(([x]) => x), y: stairs.map(([, y]) => y) };
  });
  return linePlot(series, {
    title: `Errors: ${quantity.short}`,
    xLabel: `predicted - reference (${quantity.errorUnit})`,
    yLabel: '% in a bin',
    include: 0,
  });
}

const curvePoints = 300;

/** Share of the errors that are smaller than a value. */
function cumulativePlot(files: readonly NamedSet[], quantity: Compared): string {
  const series = errorsByFile(files, quantity).map(({ errors, ...named }): PlotSeries => {
    const sizes = sorted(errors.map(Math.abs));
    const shares = Array.from({ length: Math.min(curvePoints, sizes.length) }, (_, i, { length } = sizes) => {
      return (i + 1) / Math.min(curvePoints, length);
    });
    return { ...named, x: shares.map((share) => quantile(sizes, share)), y: shares.map((share) => 100 * share) };
  });
  return linePlot(series, {
    title: `Cumulative errors: ${quantity.short}`,
    xLabel: `|error| (${quantity.errorUnit})`,
    yLabel: '% of errors up to here',
    include: 0,
    xScale: 'log',
  });
}

function sorted(values: Float64Array): Float64Array {
  return values.slice().sort();
}

/** The value that `share` of rising values do not exceed. */
function quantile(values: Float64Array, share: number): number {
  return values[Math.max(0, Math.ceil(share * values.length) - 1)];
}
