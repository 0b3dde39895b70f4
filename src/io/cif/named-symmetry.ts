import { LammError } from '../../errors.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import type { CifBlock } from './blocks.js';
import { changeBasis } from './change-of-basis.js';
import { operationsOfHallSymbol } from './hall-symbol.js';
import { operationsOfUnusualName, splitGroupName } from './hermann-mauguin.js';
import type { SymmetryOperation } from './operations.js';
import type { CifCell } from './read-cell.js';
import { operationsOf, type SpaceGroupSetting, settingsOfName, settingsOfNumber } from './space-groups.js';
import type { CifToken } from './tokenize.js';
import { numberOf, valueOf } from './values.js';

/** The symmetry that the names and the number of a space group stand for. */
export interface NamedSymmetry {
  /** The value that was followed. */
  readonly token: CifToken;
  /** Lists of operations: two when the choice of origin is open, else one. */
  readonly groups: readonly (readonly SymmetryOperation[])[];
  /** What had to be assumed, as half a sentence. */
  readonly assumption?: string;
}

/** What a file should say instead of a name that is not understood. */
export const remedy = 'give the operations in a loop of _space_group_symop_operation_xyz';

/** What a block says of its space group, beside operations. */
export interface GroupNames {
  readonly hall?: CifToken;
  readonly name?: CifToken;
  readonly number?: { readonly token: CifToken; readonly value: number };
  /** Axes and origin of a setting as in `SpaceGroupSetting`, where they are given apart. */
  readonly setting?: string;
}

/**
 * Reads the Hall symbol, the Hermann-Mauguin name and the number of the space group.
 *
 * @throws {LammError} `format`, with `file` and line, for a number that no space group has.
 */
export function readGroupNames(block: CifBlock, file: string | undefined): GroupNames {
  const hall = firstValue(block, ['_space_group_name_hall', '_symmetry_space_group_name_hall'], file);
  const name = firstValue(block, nameTags, file);
  const number = readNumber(block, { file, isOptional: (hall ?? name) !== undefined });
  const code = firstValue(block, ['_space_group_it_coordinate_system_code'], file)?.text.trim();
  return { hall, name, number, setting: code?.replace(/^([12]?)abc$/, '$1') };
}

/**
 * The operations of the Hall symbol, else of the Hermann-Mauguin name, else of the number; `undefined` when there is
 * none of them.
 *
 * @throws {LammError} `format`, with `file` and line, for names that are not understood and names that contradict each
 *   other.
 */
export function namedSymmetry(
  { hall, name, number, setting }: GroupNames,
  cell: CifCell,
  file: string | undefined,
): NamedSymmetry | undefined {
  const follow = (token: CifToken, read: () => Omit<NamedSymmetry, 'token'>): NamedSymmetry =>
    atPlace({ file, line: token.line }, () => ({ token, ...read() }));
  if (hall && (name === undefined || isHallSymbol(hall.text)))
    return follow(hall, () => ({ groups: [operationsOfHallSymbol(hall.text)] }));
  if (name) return follow(name, () => symmetryOfName(name.text, { number: number?.value, setting, cell }));
  if (number) return follow(number.token, () => symmetryOfNumber(number.value, { setting, cell }));
  return undefined;
}

function isHallSymbol(text: string): boolean {
  try {
    return operationsOfHallSymbol(text).length > 0;
  } catch (error) {
    if (error instanceof LammError) return false;
    throw error;
  }
}

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

function readNumber(
  block: CifBlock,
  { file, isOptional }: { readonly file: string | undefined; readonly isOptional: boolean },
): { token: CifToken; value: number } | undefined {
  const token = firstValue(block, ['_space_group_it_number', '_symmetry_int_tables_number'], file);
  if (token === undefined) return undefined;
  const value = numberOf(token, 'the space group', file);
  if (value === 0 && isOptional) return undefined; // written beside a name when the number is not known
  if (Number.isInteger(value) && value >= 1 && value <= 230) return { token, value };
  throw new LammError('format', `expected a space-group number from 1 to 230, found ${quote(token.text)}`, {
    file,
    line: token.line,
  });
}

/** What a name or a number leaves open. */
interface Context {
  readonly number?: number;
  readonly setting?: string;
  readonly cell: CifCell;
}

function symmetryOfNumber(number: number, { setting, cell }: Context): Omit<NamedSymmetry, 'token'> {
  const all = settingsOfNumber(number);
  const given = suffixAmong(all, setting);
  const settings = preferred(all, given, cell);
  const hasAxes = all.some(({ setting: axes }) => axes === 'R');
  const isOpen = all.length > 1 && !hasAxes && settings.length === 1 && given === undefined;
  const assumption = isOpen
    ? `only the space-group number ${number} is given: the setting "${settings[0].name}" was assumed`
    : originRemark(settings);
  return { groups: settings.map(operationsOf), assumption };
}

function originRemark(settings: readonly unknown[]): string | undefined {
  return settings.length > 1
    ? 'the choice of origin is left open: the one that puts the atoms on special positions was taken'
    : undefined;
}

/** A setting that is given apart from the name, where it is one of these; names that say more are followed. */
function suffixAmong(settings: readonly SpaceGroupSetting[], given: string | undefined): string | undefined {
  const suffix = given?.toLowerCase();
  return settings.some(({ setting }) => setting.toLowerCase() === suffix) ? suffix : undefined;
}

function symmetryOfName(text: string, context: Context): Omit<NamedSymmetry, 'token'> {
  const { base, suffix, change, number = context.number } = splitGroupName(text);
  const found = groupsOfSymbol({ text, base, suffix, number }, context);
  if (change === undefined) return found;
  return {
    groups: found.groups.map((group) => changeBasis(group, change) ?? fail(`${quote(text)} leads to no lattice`)),
  };
}

interface Symbol {
  readonly text: string;
  readonly base: string;
  readonly suffix?: string;
  readonly number?: number;
}

function groupsOfSymbol(
  { text, base, suffix, number }: Symbol,
  { setting, cell }: Context,
): Omit<NamedSymmetry, 'token'> {
  const named = settingsOfName(base);
  if (named.length === 0) return groupsOfUnusualName(text, base, { number, cell });
  const settings = number === undefined ? named : named.filter((candidate) => candidate.number === number);
  if (settings.length === 0) {
    return fail(
      `the space-group name ${quote(text)} belongs to number ${named[0].number}, but the number is given as ${number}; ${remedy}`,
    );
  }
  const meant = preferred(settings, suffix ?? suffixAmong(settings, setting), cell);
  return { groups: meant.map(operationsOf), assumption: axesRemark(meant, suffix) ?? originRemark(meant) };
}

/** A name that says other axes than the cell has. */
function axesRemark([{ setting }]: readonly SpaceGroupSetting[], suffix: string | undefined): string | undefined {
  const named = suffix?.toUpperCase();
  if ((named !== 'H' && named !== 'R') || !(setting === 'H' || setting === 'R') || named === setting) return undefined;
  const axes = setting === 'R' ? 'rhombohedral' : 'hexagonal';
  return `the setting ":${named}" of the space group is not that of the cell: ${axes} axes were taken`;
}

function groupsOfUnusualName(
  text: string,
  base: string,
  { number, cell }: { readonly number?: number; readonly cell: CifCell },
): Omit<NamedSymmetry, 'token'> {
  const uniqueAxes = [1, 2, 0].filter((axis) => suitsUniqueAxis('abc'[axis], cell));
  const unusual = operationsOfUnusualName(base, uniqueAxes);
  if (unusual !== undefined) return { groups: [unusual] };
  const rhombohedral = /^\s*h(?=[\s-]*3)/i.test(base) ? settingsOfName(base.replace(/h/i, 'R')) : [];
  if (rhombohedral.length > 0) {
    return {
      groups: preferred(rhombohedral, 'h', cell).map(operationsOf),
      assumption: `${quote(text)} was taken as the Protein Data Bank's name of "${rhombohedral[0].name}" on hexagonal axes`,
    };
  }
  const byNumber = number === undefined ? [] : settingsOfNumber(number);
  if (byNumber.length !== 1) return fail(`the space-group name ${quote(text)} is not tabulated; ${remedy}`);
  const assumption = `the space-group name ${quote(text)} is not known: number ${number}, "${byNumber[0].name}", was taken`;
  return { groups: byNumber.map(operationsOf), assumption };
}

/** The settings that a name can mean, fewest first choices: by its suffix and by the shape of the cell. */
function preferred(
  settings: readonly SpaceGroupSetting[],
  suffix: string | undefined,
  cell: CifCell,
): SpaceGroupSetting[] {
  const axes = settings.filter(({ setting }) => setting === 'H' || setting === 'R');
  if (axes.length === 2) return axes.filter(({ setting }) => setting === rhombohedralSetting(cell));
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

/** Equal lengths and equal angles are rhombohedral axes, whatever a suffix says. */
function rhombohedralSetting({ lengths, angles }: CifCell): 'H' | 'R' {
  const areEqual = (values: readonly number[]) =>
    values.every((value) => Math.abs(value - values[0]) < 1e-3 * values[0]);
  return areEqual(lengths) && areEqual(angles) ? 'R' : 'H';
}

function suitsUniqueAxis(setting: string, { angles }: CifCell): boolean {
  const unique = 'abc'.indexOf(setting.replace('-', '')[0]);
  return angles.every((angle, axis) => axis === unique || Math.abs(angle - 90) < 0.01);
}

function fail(message: string): never {
  throw new LammError('format', message);
}
