import { LammError } from '../../errors.js';
import { multiply3, transpose3 } from '../../linalg/matrix3.js';
import { atPlace } from '../place-error.js';
import { quote } from '../text-cursor.js';
import type { CifBlock } from './blocks.js';
import {
  compose,
  distinctOperations,
  formatOperation,
  identity,
  missingProduct,
  parseOperation,
  type SymmetryOperation,
  snapFraction,
} from './operations.js';
import {
  operationsOf,
  type SpaceGroupSetting,
  settingsOfHallSymbol,
  settingsOfName,
  settingsOfNumber,
} from './space-groups.js';
import type { CifToken } from './tokenize.js';
import { numberOf, valueOf, valuesOf } from './values.js';

/** Cell lengths (A) and angles (degrees), with the lattice vectors (A, rows) that they give. */
export interface CifCell {
  readonly lengths: readonly number[];
  readonly angles: readonly number[];
  readonly vectors: Float64Array;
}

/** The symmetry of a block. */
export interface CifSymmetry {
  /** Lists of operations: two when a name leaves the choice of origin open, else one. */
  readonly groups: readonly (readonly SymmetryOperation[])[];
  /** Why the operations may be incomplete, if so: then the composition has to confirm them. */
  readonly doubt?: string;
  readonly line: number;
}

/**
 * Reads the symmetry operations of a block: from its loop of operations, else its Hall or Hermann-Mauguin name, else its number, else
 * none but the identity.
 *
 * @throws {LammError} `format`, with `file` and line, for names and operations that are not understood or do not suit the cell.
 */
export function readSymmetry(block: CifBlock, cell: CifCell, file: string | undefined): CifSymmetry {
  const found = listedOperations(block, file) ?? namedOperations(block, cell, file);
  if (found === undefined) return { groups: [[identity]], doubt: `no symmetry is given; ${remedy}`, line: block.line };
  const { line } = found.token;
  const metric = multiply3(cell.vectors, transpose3(cell.vectors));
  const groups = found.groups.filter((operations) =>
    operations.every((operation) => preservesMetric(operation, metric)),
  );
  if (groups.length === 0) {
    const bad = found.groups[0].find((operation) => !preservesMetric(operation, metric)) ?? identity;
    const message = `the symmetry operation "${formatOperation(bad)}" does not suit the cell; check the space group and the cell`;
    throw new LammError('format', message, { file, line });
  }
  const missing = found.isTabulated ? undefined : missingProduct(groups[0]);
  const doubt =
    missing && `the symmetry operations are not a group: "${formatOperation(missing)}" is missing; complete the list`;
  return { groups, line, ...(doubt && { doubt }) };
}

interface FoundSymmetry {
  readonly token: CifToken;
  readonly groups: SymmetryOperation[][];
  /** Whether the operations come from the table, so that they are a group for certain. */
  readonly isTabulated: boolean;
}

function listedOperations(block: CifBlock, file: string | undefined): FoundSymmetry | undefined {
  assertNotModulated(block, file);
  const plain = ['_space_group_symop_operation_xyz', '_symmetry_equiv_pos_as_xyz'].flatMap((tag) =>
    valuesOf(block, tag, file),
  );
  const magnetic = valuesOf(block, '_space_group_symop_magn_operation_xyz', file);
  const tokens = plain.length > 0 ? plain : magnetic;
  if (tokens.length === 0) return undefined;
  const read = (token: CifToken) =>
    atPlace({ file, line: token.line }, () => parseOperation(withoutTimeReversal(token.text, tokens === magnetic)));
  const centring = tokens === magnetic ? valuesOf(block, '_space_group_symop_magn_centering_xyz', file).map(read) : [];
  const operations = tokens.map(read);
  const all =
    centring.length > 0
      ? centring.flatMap((shift) => operations.map((operation) => compose(shift, operation)))
      : operations;
  return {
    token: tokens[0],
    groups: [atPlace({ file, line: tokens[0].line }, () => distinctOperations(all))],
    isTabulated: false,
  };
}

/** Magnetic operations end in `,+1` or `,-1`: whether they turn moments round, which does not concern positions. */
function withoutTimeReversal(text: string, isMagnetic: boolean): string {
  return isMagnetic ? text.replace(/,\s*[+-]?1\s*$/, '') : text;
}

function assertNotModulated(block: CifBlock, file: string | undefined): void {
  const tag = [...block.tables.keys()].find((name) => /^_space_group_symop_(?:magn_)?ssg_/.test(name));
  if (tag === undefined) return;
  const line = block.tables.get(tag)?.line;
  throw new LammError('format', 'the structure is modulated (superspace group); expected a periodic one', {
    file,
    line,
  });
}

function namedOperations(block: CifBlock, cell: CifCell, file: string | undefined): FoundSymmetry | undefined {
  const number = readNumber(block, file);
  const hall = firstValue(block, ['_space_group_name_hall', '_symmetry_space_group_name_hall'], file);
  const bySymbol = hall ? settingsOfHallSymbol(hall.text) : [];
  if (hall && bySymbol.length > 0)
    return { token: hall, groups: bySymbol.slice(0, 1).map(operationsOf), isTabulated: true };
  const name = firstValue(block, nameTags, file);
  if (name)
    return atPlace({ file, line: name.line }, () => ({
      token: name,
      groups: groupsOfName(name.text, number?.value, cell),
      isTabulated: true,
    }));
  if (hall)
    return atPlace({ file, line: hall.line }, () =>
      fail(`the Hall symbol ${quote(hall.text)} is not tabulated; ${remedy}`),
    );
  if (number === undefined) return undefined;
  const standard = preferred(settingsOfNumber(number.value), undefined, cell);
  return { token: number.token, groups: standard.map(operationsOf), isTabulated: true };
}

const remedy = 'give the operations in a loop of _space_group_symop_operation_xyz';

const nameTags = [
  '_space_group_name_h-m_alt',
  '_symmetry_space_group_name_h-m',
  '_space_group_name_h-m_full',
  '_space_group_name_h-m_ref',
];

function firstValue(block: CifBlock, tags: readonly string[], file: string | undefined): CifToken | undefined {
  for (const tag of tags) {
    const token = valueOf(block, tag, file);
    if (token !== undefined && token.text.trim() !== '') return token;
  }
  return undefined;
}

function readNumber(block: CifBlock, file: string | undefined): { token: CifToken; value: number } | undefined {
  const token = firstValue(block, ['_space_group_it_number', '_symmetry_int_tables_number'], file);
  if (token === undefined) return undefined;
  const value = numberOf(token, 'the space group', file);
  if (Number.isInteger(value) && value >= 1 && value <= 230) return { token, value };
  throw new LammError('format', `expected a space-group number from 1 to 230, found ${quote(token.text)}`, {
    file,
    line: token.line,
  });
}

function groupsOfName(text: string, number: number | undefined, cell: CifCell): SymmetryOperation[][] {
  const { base, suffix }: NameParts = settingsOfName(text).length > 0 ? { base: text } : splitSuffix(text);
  const named = settingsOfName(base);
  if (named.length === 0) {
    const centred = centredOperations(base);
    if (centred !== undefined) return [centred];
    const byNumber = number === undefined ? [] : settingsOfNumber(number);
    if (byNumber.length === 1) return byNumber.map(operationsOf);
    return fail(`the space-group name ${quote(text)} is not tabulated; ${remedy}`);
  }
  const settings = number === undefined ? named : named.filter((setting) => setting.number === number);
  if (settings.length === 0) {
    return fail(
      `the space-group name ${quote(text)} belongs to number ${named[0].number}, but the number is given as ${number}; ${remedy}`,
    );
  }
  return preferred(settings, suffix, cell).map(operationsOf);
}

interface NameParts {
  readonly base: string;
  readonly suffix?: string;
}

/** `F d -3 m :2`, `R-3mH`, `F d -3 m S` carry their setting at the end. */
function splitSuffix(text: string): NameParts {
  const [, base, colon, letter] = /^(.*?)(?:\s*:\s*([\w-]+)|\s*([HRSZ]))\s*$/i.exec(text) ?? [];
  const suffix = (colon ?? letter)?.toLowerCase();
  if (base === undefined || suffix === undefined) return { base: text };
  return { base, suffix: { s: '1', z: '2' }[suffix] ?? suffix };
}

/** The settings that a name can mean, fewest first choices: by its suffix and by the shape of the cell. */
function preferred(
  settings: readonly SpaceGroupSetting[],
  suffix: string | undefined,
  cell: CifCell,
): SpaceGroupSetting[] {
  const axes = settings.filter(({ setting }) => setting === 'H' || setting === 'R');
  if (axes.length === 2) return axes.filter(({ setting }) => setting === rhombohedralSetting(suffix, cell));
  const suffixed = settings.filter(({ setting }) => setting.toLowerCase() === suffix);
  if (suffixed.length > 0) return suffixed.slice(0, 1);
  if (suffix !== undefined && settings.some(({ setting }) => setting !== '')) {
    return fail(`the setting ":${suffix}" is not one of this space group; ${remedy}`);
  }
  const origins = settings.filter(({ setting }) => setting === '1' || setting === '2');
  if (origins.length === 2) return origins;
  const { number } = settings[0];
  const suitable =
    number >= 3 && number <= 15 ? settings.filter(({ setting }) => suitsUniqueAxis(setting, cell)) : settings;
  return suitable.length > 0 ? suitable.slice(0, 1) : settings.slice(0, 1);
}

/** Equal lengths and equal angles other than 90 are rhombohedral axes, whatever a suffix says. */
function rhombohedralSetting(suffix: string | undefined, { lengths, angles }: CifCell): 'H' | 'R' {
  const areEqual = (values: readonly number[]) =>
    values.every((value) => Math.abs(value - values[0]) < 1e-3 * values[0]);
  if (areEqual(lengths) && areEqual(angles)) return Math.abs(angles[0] - 90) > 1e-3 || suffix === 'r' ? 'R' : 'H';
  return 'H';
}

function suitsUniqueAxis(setting: string, { angles }: CifCell): boolean {
  const unique = 'abc'.indexOf(setting.replace('-', '')[0]);
  return angles.every((angle, axis) => axis === unique || Math.abs(angle - 90) < 0.01);
}

/** A symmorphic group in an unusual centring, such as `F 4/m m m` or `C -1`: the operations of its primitive twin times the centring. */
function centredOperations(name: string): SymmetryOperation[] | undefined {
  const [letter, rest] = [name.trim()[0]?.toUpperCase(), name.trim().slice(1)];
  const shifts = Object.hasOwn(centrings, letter ?? '') ? centrings[letter] : undefined;
  const [primitive] = shifts ? settingsOfName(`P${rest}`) : [];
  if (shifts === undefined || primitive === undefined) return undefined;
  const operations = operationsOf(primitive);
  if (operations.some(({ translation }) => translation.some((value) => value !== 0))) return undefined;
  return shifts.flatMap((translation) =>
    operations.map(({ rotation }) => ({ rotation, translation: translation.map(snapFraction) })),
  );
}

const centrings: Readonly<Record<string, readonly (readonly number[])[]>> = {
  A: [
    [0, 0, 0],
    [0, 0.5, 0.5],
  ],
  B: [
    [0, 0, 0],
    [0.5, 0, 0.5],
  ],
  C: [
    [0, 0, 0],
    [0.5, 0.5, 0],
  ],
  F: [
    [0, 0, 0],
    [0, 0.5, 0.5],
    [0.5, 0, 0.5],
    [0.5, 0.5, 0],
  ],
  I: [
    [0, 0, 0],
    [0.5, 0.5, 0.5],
  ],
};

/** Whether an operation leaves lengths and angles, the products of the lattice vectors, as they are, to 2 % (cells are refined without their symmetry, too). */
function preservesMetric({ rotation }: SymmetryOperation, metric: Float64Array): boolean {
  const columns = multiply3(transpose3(rotation), multiply3(metric, rotation));
  return metric.every((value, index) => {
    const scale = Math.sqrt(metric[4 * Math.floor(index / 3)] * metric[4 * (index % 3)]);
    return Math.abs(columns[index] - value) < 0.02 * scale;
  });
}

function fail(message: string): never {
  throw new LammError('format', message);
}
