import { cellVolume } from '../../src/structure/cell.js';
import { type BlockAverage, type BlockLevel, createBlockAverager } from './block-average.js';
import type { Frame } from './frame.js';

/** Unit of each quantity that is averaged. */
const thermodynamicUnits = {
  temperature: 'K',
  potentialEnergy: 'eV',
  kineticEnergy: 'eV',
  totalEnergy: 'eV',
  conservedEnergy: 'eV',
  volume: 'A^3',
  density: 'g/cm^3',
  pressure: 'GPa',
} as const;

export type ThermodynamicQuantity = keyof typeof thermodynamicUnits;

/** A quantity over time with its mean, which is over all samples. */
export interface ThermodynamicSeries extends BlockAverage {
  readonly unit: string;
  /** Every so-manieth sample is among the times and values. */
  readonly stride: number;
  readonly timesFs: Float64Array;
  readonly values: Float64Array;
}

export type Thermodynamics = Partial<Record<ThermodynamicQuantity, ThermodynamicSeries>>;

export interface ThermodynamicsOptions {
  /** Most samples to keep of each series: when there are more, every second one goes; the means are of all. */
  readonly maxSeriesLength?: number;
}

/** A quantity so far. */
interface SeriesState {
  readonly levels: BlockLevel[];
  /** Times in fs and values of every `stride`-th sample. */
  times: number[];
  values: number[];
  stride: number;
}

export type ThermodynamicsState = Partial<Record<ThermodynamicQuantity, SeriesState>>;

export interface ThermodynamicsMeter {
  readonly state: ThermodynamicsState;
  add(frame: Frame): void;
  /** Adds values that come from elsewhere, such as the log of a simulation. */
  addValues(timeFs: number, values: Iterable<readonly [ThermodynamicQuantity, number]>): void;
  /** The quantities that the frames have. */
  result(): Thermodynamics;
}

/** One amu/A^3 in g/cm^3. */
const gramsPerCubicCentimeter = 1.66053904;

/**
 * Starts means with block-averaged errors of what frames tell (temperature, energies, volume, density, pressure), or
 * goes on with them.
 */
export function createThermodynamics(
  { maxSeriesLength = Number.POSITIVE_INFINITY }: ThermodynamicsOptions = {},
  state: ThermodynamicsState = {},
): ThermodynamicsMeter {
  function addValues(timeFs: number, values: Iterable<readonly [ThermodynamicQuantity, number]>): void {
    for (const [quantity, value] of values) {
      state[quantity] ??= { levels: [], times: [], values: [], stride: 1 };
      const series = state[quantity];
      const samples = series.levels[0]?.count ?? 0;
      createBlockAverager(series.levels).add(value);
      if (samples % series.stride === 0) keep(series, { timeFs, value, maxSeriesLength });
    }
  }
  return {
    state,
    addValues,
    add: (frame) => addValues(frame.timeFs, quantitiesOf(frame)),
    result: () =>
      Object.fromEntries(Object.entries(state).map(([quantity, series]) => [quantity, describe(quantity, series)])),
  };
}

function keep(
  series: SeriesState,
  { timeFs, value, maxSeriesLength }: { timeFs: number; value: number; maxSeriesLength: number },
): void {
  series.times.push(timeFs);
  series.values.push(value);
  if (series.times.length <= maxSeriesLength) return;
  series.times = series.times.filter((_, index) => index % 2 === 0);
  series.values = series.values.filter((_, index) => index % 2 === 0);
  series.stride *= 2;
}

function describe(quantity: string, { levels, times, values, stride }: SeriesState): ThermodynamicSeries {
  return {
    unit: thermodynamicUnits[quantity as ThermodynamicQuantity], // the keys of a state are these
    ...createBlockAverager(levels).result(),
    stride,
    timesFs: Float64Array.from(times),
    values: Float64Array.from(values),
  };
}

function quantitiesOf(frame: Frame): [ThermodynamicQuantity, number][] {
  const { potentialEnergy, kineticEnergy, conservedEnergy, temperatureK, pressureGPa, masses } = frame;
  const total =
    potentialEnergy === undefined || kineticEnergy === undefined ? undefined : potentialEnergy + kineticEnergy;
  const volume = frame.pbc.every(Boolean) ? cellVolume(frame.cell) : undefined;
  const mass = masses.reduce((sum, value) => sum + value, 0);
  const all: [ThermodynamicQuantity, number | undefined][] = [
    ['temperature', temperatureK],
    ['potentialEnergy', potentialEnergy],
    ['kineticEnergy', kineticEnergy],
    ['totalEnergy', total],
    ['conservedEnergy', conservedEnergy],
    ['volume', volume],
    ['density', volume === undefined ? undefined : (gramsPerCubicCentimeter * mass) / volume],
    ['pressure', pressureGPa],
  ];
  return all.filter((entry): entry is [ThermodynamicQuantity, number] => entry[1] !== undefined);
}
