import { cellVolume } from '../../src/structure/cell.js';
import { type BlockAverage, type BlockAverager, createBlockAverager } from './block-average.js';
import type { Frame } from './frame.js';

/** Unit of each quantity that is averaged. */
export const thermodynamicUnits = {
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

/** A quantity over time with its mean. */
export interface ThermodynamicSeries extends BlockAverage {
  readonly unit: string;
  readonly timesFs: Float64Array;
  readonly values: Float64Array;
}

export type Thermodynamics = Partial<Record<ThermodynamicQuantity, ThermodynamicSeries>>;

export interface ThermodynamicsMeter {
  add(frame: Frame): void;
  /** Adds values that come from elsewhere, such as the log of a simulation. */
  addValues(timeFs: number, values: Iterable<readonly [ThermodynamicQuantity, number]>): void;
  /** The quantities that the frames have. */
  result(): Thermodynamics;
}

/** One amu/A^3 in g/cm^3. */
const gramsPerCubicCentimeter = 1.66053904;

/** Starts means with block-averaged errors of what frames tell: temperature, energies, volume, density, pressure. */
export function createThermodynamics(): ThermodynamicsMeter {
  const collected = new Map<ThermodynamicQuantity, { times: number[]; values: number[]; average: BlockAverager }>();
  function addValues(timeFs: number, values: Iterable<readonly [ThermodynamicQuantity, number]>): void {
    for (const [quantity, value] of values) {
      const entry = collected.get(quantity) ?? { times: [], values: [], average: createBlockAverager() };
      collected.set(quantity, entry);
      entry.times.push(timeFs);
      entry.values.push(value);
      entry.average.add(value);
    }
  }
  return {
    addValues,
    add: (frame) => addValues(frame.timeFs, quantitiesOf(frame)),
    result: () =>
      Object.fromEntries(
        Array.from(collected, ([quantity, { times, values, average }]) => [
          quantity,
          {
            unit: thermodynamicUnits[quantity],
            ...average.result(),
            timesFs: Float64Array.from(times),
            values: Float64Array.from(values),
          },
        ]),
      ),
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
