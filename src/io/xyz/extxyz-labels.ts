import { LammError } from '../../errors.js';
import { voigtOf } from '../../linalg/voigt.js';
import { cellVolume, hasVolume } from '../../structure/cell.js';
import type { AtomProperty, InfoValue, Labels } from '../../structure/structure.js';
import { quote } from '../text/text-cursor.js';
import type { FrameNotes } from './frame-notes.js';

interface LabelOptions {
  /** Whether the comment declares extended XYZ, where a label must be one. */
  readonly isExtended: boolean;
  readonly cell: ArrayLike<number> | undefined;
  /** Whether the virial has another unit than is declared for the energy, so that it is not known. */
  readonly isVirialDoubtful: boolean;
  readonly notes?: FrameNotes;
}

/**
 * Takes the labels out of the pairs and columns of a frame: energy, forces and stress by these names, and a virial = -V
 * stress where there is no stress.  `REF_energy` and the like stay where they are.
 *
 * @throws {LammError} `format`, without a place, for a label that is none.
 */
export function takeLabels(
  pairs: Map<string, InfoValue>,
  properties: Map<string, AtomProperty>,
  options: LabelOptions,
): Labels {
  const { isExtended } = options;
  const labels: { energy?: number; forces?: Float64Array; stress?: Float64Array } = {};
  const energy = pairs.get('energy');
  const stress = pairs.get('stress');
  const forces = takeVectors(properties, 'forces');
  const voigt = stress === undefined ? undefined : toVoigt(stress);
  const hasEnergy = typeof energy === 'number';
  if (isExtended && energy !== undefined && !hasEnergy)
    fail(`expected a finite number for energy, found ${quote(String(energy))}`);
  if (isExtended && stress !== undefined && !voigt)
    fail('expected nine numbers for stress (column by column), or six (xx yy zz yz xz xy)');
  if (hasEnergy && pairs.delete('energy')) labels.energy = energy;
  noteOtherCase(pairs, labels.energy, options.notes);
  if (stress !== undefined && numbersOf(stress, 6)) options.notes?.add(orderOfSix('stress'));
  if (forces !== undefined) labels.forces = forces;
  if (voigt !== undefined && pairs.delete('stress')) labels.stress = voigt;
  const fromVirial = isExtended ? takeVirial(pairs, labels.stress, options) : undefined;
  if (fromVirial !== undefined) labels.stress = fromVirial;
  return labels;
}

function orderOfSix(key: string): string {
  return `the six numbers of ${key} are read in the order xx yy zz yz xz xy`;
}

/** `Energy` beside `energy` is another number that seems to be meant. */
function noteOtherCase(pairs: Map<string, InfoValue>, energy: number | undefined, notes?: FrameNotes): void {
  if (energy === undefined) return;
  for (const [key, value] of pairs)
    if (key.toLowerCase() === 'energy' && value !== energy) notes?.add(`${key} is not used: energy stands beside it`);
}

/** Three numbers an atom, [N x 3], in a column of its own. */
export function takeVectors(properties: Map<string, AtomProperty>, name: string): Float64Array | undefined {
  const property = properties.get(name);
  if (property === undefined) return undefined;
  if (property.width !== 3 || !(property.values instanceof Float64Array)) {
    return fail(`expected the column ${name}:R:3 in Properties, found another kind or width`);
  }
  properties.delete(name);
  return property.values;
}

/** `count` numbers in a list, or in a list of lists. */
export function numbersOf(value: InfoValue, count: number): number[] | undefined {
  const flat: unknown[] = !Array.isArray(value) ? [] : value.length === count ? value : value.flat();
  const isNumeric = flat.length === count && flat.every((item) => typeof item === 'number');
  return isNumeric ? (flat as number[]) : undefined; // every item was just checked
}

/** How far stress and virial may differ, as a part of the larger, and still say the same. */
const sameStress = 1e-3;

/** What a virial is kept as whose unit is not known. */
const unknownVirial = 'virial_of_unknown_unit';

/** The stress that a virial gives, where there is no other; what says the same as the stress is taken out. */
function takeVirial(
  pairs: Map<string, InfoValue>,
  stress: Float64Array | undefined,
  { cell, isVirialDoubtful, notes }: LabelOptions,
): Float64Array | undefined {
  const key = ['virial', 'virials'].find((name) => pairs.has(name));
  if (key === undefined) return undefined;
  const virial = toVoigt(pairs.get(key) ?? '');
  const obstacle =
    virial === undefined
      ? 'expected nine numbers, or six (xx yy zz yz xz xy)'
      : isVirialDoubtful
        ? `the energy has a declared unit and the virial none; add virial-unit (kept as ${unknownVirial})`
        : undefined;
  if (virial !== undefined && isVirialDoubtful) {
    pairs.set(unknownVirial, pairs.get(key) ?? ''); // written under its own name it would be read as eV
    pairs.delete(key);
  }
  if (virial === undefined || obstacle !== undefined || cell === undefined || !hasVolume(cell)) {
    notes?.add(`${key} is not used: ${obstacle ?? 'it needs a cell to be a stress'}`);
    return undefined;
  }
  const volume = cellVolume(cell);
  const own = virial.map((value) => -value / volume);
  if (stress === undefined) {
    if (numbersOf(pairs.get(key) ?? '', 6)) notes?.add(orderOfSix(key));
    pairs.delete(key);
    notes?.add(`${key} (eV) is read as the stress -${key}/V`);
    return own;
  }
  const largest = Math.max(...own.map(Math.abs), ...stress.map(Math.abs));
  if (own.every((value, index) => Math.abs(value - stress[index]) <= sameStress * largest)) pairs.delete(key);
  else notes?.add(`${key} is not used: it is not -V times the stress, which is taken as it stands`);
  return undefined;
}

function toVoigt(value: InfoValue): Float64Array | undefined {
  const nine = numbersOf(value, 9);
  if (nine !== undefined) return voigtOf(nine);
  const six = numbersOf(value, 6);
  return six && Float64Array.from(six);
}

function fail(message: string): never {
  throw new LammError('format', message);
}
