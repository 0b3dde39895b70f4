import { LammError } from '../errors.js';
import * as units from '../units.js';

interface Kind {
  /** Unit of the result and of numbers without a unit, as the parser spells it. */
  readonly unit: string;
  /** How the unit is written in messages. */
  readonly written: string;
  readonly example: string;
  /** Units that people write it in; others of its dimension are taken, too. */
  readonly units: readonly string[];
}

const kinds = {
  time: { unit: 'fs', written: 'fs', example: '2 fs', units: ['fs', 'ps', 'ns', 's', 'min', 'h'] },
  temperature: { unit: 'K', written: 'K', example: '300 K', units: ['K', 'degC'] },
  pressure: {
    unit: 'GPa',
    written: 'GPa',
    example: '1 bar',
    units: ['GPa', 'MPa', 'Pa', 'kbar', 'bar', 'atm', 'eV/A^3'],
  },
  length: { unit: 'angstrom', written: 'A', example: '5 A', units: ['A', 'nm', 'pm', 'bohr'] },
  force: {
    unit: 'eV / angstrom',
    written: 'eV/A',
    example: '0.01 eV/A',
    units: ['eV/A', 'meV/A', 'hartree/bohr', 'Ry/bohr'],
  },
  energy: { unit: 'eV', written: 'eV', example: '0.1 eV', units: ['eV', 'meV', 'hartree', 'Ry', 'J'] },
  compressibility: { unit: 'GPa^-1', written: '1/GPa', example: '4.6e-5 /bar', units: ['/GPa', '/bar', '/Pa'] },
  rate: { unit: 'fs^-1', written: '1/fs', example: '10 /ps', units: ['/fs', '/ps', 'THz'] },
  part: { unit: '', written: '', example: '6%', units: ['%'] },
} as const satisfies Record<string, Kind>;

export type QuantityKind = keyof typeof kinds;

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a quantity as a user writes it; a number without a unit is in fs, K, GPa, A, eV/A, eV, 1/GPa or 1/fs, and so is
 * the result. `A` is the angstrom.  The unit parser is loaded only when a unit is written.
 *
 * @param name what an error message starts with.
 * @throws {LammError} `usage` for text that is not such a quantity.
 */
export async function parseQuantity(text: string, kind: QuantityKind, name?: string): Promise<number> {
  const trimmed = text.trim();
  const value =
    parsePlainNumber(trimmed) ?? (kind === 'part' ? parsePercent(trimmed) : await convert(trimmed, kinds[kind].unit));
  if (value !== undefined && Number.isFinite(value)) return value;
  const { example, written, units: known } = kinds[kind];
  const place = name === undefined ? '' : `${name}: `;
  throw new LammError(
    'usage',
    `${place}expected a ${kind} such as "${example}" (or a number${written && ` in ${written}`}), found "${text}"; units are ${known.join(', ')}`,
    {
      quantity: kind,
      expected: example,
      actual: text,
    },
  );
}

/** A number as people write it; undefined for any other text. */
export function parsePlainNumber(text: string): number | undefined {
  return plainNumber.test(text) ? Number(text) : undefined;
}

function parsePercent(text: string): number | undefined {
  const percent = text.endsWith('%') ? parsePlainNumber(text.slice(0, -1).trim()) : undefined;
  return percent === undefined ? undefined : percent / 100;
}

/** The number of `unit` in `text`; undefined when it is not a quantity of that dimension. */
async function convert(text: string, unit: string): Promise<number | undefined> {
  if (!/^[+-]?(\d|\.\d)/.test(text)) return undefined; // a bare unit or an expression is not a quantity
  unitParser ??= loadUnitParser();
  const parser = await unitParser;
  const spelled = text.normalize().replace(/(?<!\p{L})(A|Å|Ang)(?!\p{L})/gu, 'angstrom'); // A alone would be the ampere
  try {
    return Number(parser(spelled).toNumber(unit).toPrecision(15)); // 2 ps are 2000 fs, not 1999.9999999999998
  } catch {
    return undefined;
  }
}

/** The unit of numbers of a kind, as people write it. */
export function unitOf(kind: QuantityKind): string {
  return kinds[kind].written;
}

/** Units that quantities of a kind are written in. */
export function unitsOf(kind: QuantityKind): readonly string[] {
  return kinds[kind].units;
}

/** A quantity with its unit, as people write it and `parseQuantity` reads it. */
export function formatQuantity(value: number, kind: QuantityKind): string {
  if (kind === 'part') return `${Number((100 * value).toPrecision(15))}%`;
  return `${value} ${unitOf(kind).replace(/^1\//, '/')}`;
}

type UnitParser = (text: string) => { toNumber(unit: string): number };
/** Loaded when the first unit is read, as that takes longer than all else of a command line. */
let unitParser: Promise<UnitParser> | undefined;

async function loadUnitParser(): Promise<UnitParser> {
  const { create, createUnitDependencies, unitDependencies } = await import('mathjs');
  const math = create({ createUnitDependencies, unitDependencies });
  math.createUnit({
    bohr: { definition: `${units.bohr} angstrom` },
    hartree: { definition: `${units.hartree} eV`, aliases: ['Ha'] },
    rydberg: { definition: `${units.hartree / 2} eV`, aliases: ['Ry'] },
  });
  return (text) => math.unit(text);
}
