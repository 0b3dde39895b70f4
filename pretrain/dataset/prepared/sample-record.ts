import { atomicMasses } from '../../../src/elements.js';
import { LammError } from '../../../src/errors.js';
import type { Pbc, Structure } from '../../../src/structure/structure.js';
import type { Sample, Subset } from '../sample/sample.js';

/** What many samples have in common, so that their records only hold its number. */
export interface RecordTables {
  readonly files: readonly { readonly path: string; readonly name: string }[];
  readonly subsets: readonly Subset[];
}

/** Numbers of a sample in the tables; `subset` is absent where there is one set alone. */
export interface RecordPlace {
  readonly file: number;
  readonly subset?: number;
}

// A record, little-endian, is made of 4-byte words (atoms, flags, file, frame, subset, 0), the energy, the cell where
// there is one, the stress, positions, forces and energies of atoms in double precision, so that training on it gives
// the bits that training on the file gives, and then of bytes: numbers, force mask, fixed coordinates.  It is filled up
// to whole 8-byte words.
const headerBytes = 32;
const flag = { energy: 8, forces: 16, forceMask: 32, fixed: 64, cell: 128, stress: 256, atomEnergies: 512 } as const; // 1, 2, 4: periodic along x, y, z
const noSubset = 0xffffffff;

const pbcOf: readonly Pbc[] = Array.from({ length: 8 }, (_, bits) => [
  (bits & 1) !== 0,
  (bits & 2) !== 0,
  (bits & 4) !== 0,
]);
const nothing = {};

/** Bytes of a record. */
function sizeOf(atomCount: number, flags: number): number {
  const doubles =
    (flags & flag.cell ? 9 : 0) +
    (flags & flag.stress ? 6 : 0) +
    (3 + (flags & flag.forces ? 3 : 0) + (flags & flag.atomEnergies ? 1 : 0)) * atomCount;
  const bytes = (1 + (flags & flag.forceMask ? 1 : 0) + (flags & flag.fixed ? 3 : 0)) * atomCount;
  return headerBytes + 8 * (doubles + Math.ceil(bytes / 8));
}

/** What of a sample is learned from, as bytes; names and further columns are left behind. */
export function encodeRecord(sample: Sample, place: RecordPlace): Uint8Array {
  const { structure, energy, forces, forceMask, stress, atomEnergies, origin } = sample;
  const { numbers, positions, cell, pbc, fixed } = structure;
  const hasCell = cell.some((value) => !Object.is(value, 0));
  const flags =
    pbc.reduce((bits, isPeriodic, axis) => bits | (Number(isPeriodic) << axis), 0) |
    (energy === undefined ? 0 : flag.energy) |
    (forces === undefined ? 0 : flag.forces) |
    (forceMask === undefined ? 0 : flag.forceMask) |
    (fixed === undefined ? 0 : flag.fixed) |
    (hasCell ? flag.cell : 0) |
    (stress === undefined ? 0 : flag.stress) |
    (atomEnergies === undefined ? 0 : flag.atomEnergies);
  const record = new Uint8Array(sizeOf(numbers.length, flags));
  new Uint32Array(record.buffer).set([numbers.length, flags, place.file, origin.frame, place.subset ?? noSubset]);
  const doubles = new Float64Array(record.buffer);
  doubles[3] = energy ?? 0;
  let offset = headerBytes / 8;
  for (const part of [hasCell ? cell : undefined, stress, positions, forces, atomEnergies]) {
    if (part === undefined) continue;
    doubles.set(part, offset);
    offset += part.length;
  }
  offset *= 8;
  for (const part of [numbers, forceMask, fixed]) {
    if (part === undefined) continue;
    record.set(part, offset);
    offset += part.length;
  }
  return record;
}

/**
 * The sample of a record; its arrays are views of `bytes`, which begin at a multiple of 8 of their buffer.
 *
 * @throws {LammError} `format` when the bytes are no record.
 */
export function decodeRecord(bytes: Uint8Array, { files, subsets }: RecordTables): Sample {
  const { buffer, byteOffset, length } = bytes;
  if (length < headerBytes) throw damaged();
  const [atomCount, flags, fileNumber, frame, subsetNumber] = new Uint32Array(buffer, byteOffset, 5);
  const file = files[fileNumber];
  const subset = subsetNumber === noSubset ? undefined : subsets[subsetNumber];
  const isKnown = file !== undefined && (subset !== undefined || subsetNumber === noSubset);
  if (!isKnown || sizeOf(atomCount, flags) !== length) throw damaged();
  let offset = byteOffset + headerBytes;
  function doubles(count: number): Float64Array {
    offset += 8 * count;
    return new Float64Array(buffer, offset - 8 * count, count);
  }
  function small(count: number): Uint8Array {
    offset += count;
    return new Uint8Array(buffer, offset - count, count);
  }
  const cell = flags & flag.cell ? doubles(9) : new Float64Array(9);
  const stress = flags & flag.stress ? doubles(6) : undefined;
  const positions = doubles(3 * atomCount);
  const forces = flags & flag.forces ? doubles(3 * atomCount) : undefined;
  const atomEnergies = flags & flag.atomEnergies ? doubles(atomCount) : undefined;
  const numbers = small(atomCount);
  const forceMask = flags & flag.forceMask ? small(atomCount) : undefined;
  const fixed = flags & flag.fixed ? small(3 * atomCount) : undefined;
  // Assigned one after another: spreading what may be absent takes three times as long as all the rest.
  const structure: Draft<Structure> = {
    numbers,
    positions,
    cell,
    pbc: pbcOf[flags & 7],
    masses: massesOf(numbers),
    labels: nothing,
    info: nothing,
    arrays: nothing,
  };
  if (fixed !== undefined) structure.fixed = fixed;
  const sample: Draft<Sample> = { structure, origin: { path: file.path, file: file.name, frame } };
  if (flags & flag.energy) sample.energy = new Float64Array(buffer, byteOffset + 24, 1)[0];
  if (forces !== undefined) sample.forces = forces;
  if (stress !== undefined) sample.stress = stress;
  if (atomEnergies !== undefined) sample.atomEnergies = atomEnergies;
  if (forceMask !== undefined) sample.forceMask = forceMask;
  if (subset !== undefined) sample.subset = subset;
  return sample;
}

/** While it is made. */
type Draft<Data> = { -readonly [Key in keyof Data]: Data[Key] };

function massesOf(numbers: Uint8Array): Float64Array {
  const masses = new Float64Array(numbers.length);
  for (let atom = 0; atom < masses.length; atom++) masses[atom] = atomicMasses[numbers[atom]];
  return masses;
}

function damaged(): LammError {
  return new LammError('format', 'expected the record of a sample, found other bytes; prepare the data again');
}

/** Numbers files and subsets as they turn up in samples. */
export function createRecordTables(): { readonly tables: RecordTables; placeOf(sample: Sample): RecordPlace } {
  const files: { path: string; name: string }[] = [];
  const subsets: Subset[] = [];
  const numberOf = new Map<string | Subset, number>();

  function lookUp<T>(key: string | Subset, list: T[], entry: T): number {
    const known = numberOf.get(key);
    if (known !== undefined) return known;
    numberOf.set(key, list.length);
    return list.push(entry) - 1;
  }

  return {
    tables: { files, subsets },
    placeOf({ origin, subset }) {
      const file = lookUp(JSON.stringify([origin.path, origin.file]), files, { path: origin.path, name: origin.file });
      return subset === undefined ? { file } : { file, subset: lookUp(subset, subsets, subset) };
    },
  };
}
