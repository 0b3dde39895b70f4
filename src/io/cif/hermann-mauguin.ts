import { parseBasisChange } from './change-of-basis.js';
import { centrings, operationsOfHallSymbol } from './hall-symbol.js';
import type { SymmetryOperation } from './operations.js';
import { operationsOf, settingsOfName } from './space-groups.js';

/** A space-group name taken apart. */
export interface GroupName {
  /** The symbol itself. */
  readonly base: string;
  /** `1` or `2` for the origin, `h` or `r` for the axes, or the name of a setting. */
  readonly suffix?: string;
  /** A number that stands behind the name, as in `P 21/c (No. 14)`. */
  readonly number?: number;
  /** A change of coordinates that stands behind the name, as in `P 1 21/c 1 (x-z,y,z)`. */
  readonly change?: SymmetryOperation;
}

/** No name is longer than this. */
const maxNameLength = 200;

/**
 * Takes a name apart: markup of sub- and superscripts goes, `:2`, `H`, `S`, `origin 2`, `(No. 14)` and `(x-z,y,z)` are
 * understood.
 */
export function splitGroupName(text: string): GroupName {
  if (text.length > maxNameLength) return { base: '' };
  const plain = withoutMarkup(text);
  const [, beforeNumber, number] = /^(.*?)[\s,;(]*(?:(?:\bno\.?|#)\s*|\s\()(\d{2,3})\s*\)?$/i.exec(plain) ?? [];
  const rest = beforeNumber ?? plain;
  const [, beforeChange, change] = /^(.*?)\s*\(([^()]*,[^()]*,[^()]*)\)$/.exec(rest) ?? [];
  const operation = change === undefined ? undefined : parseBasisChange(change);
  const symbol = operation === undefined ? rest : beforeChange;
  const parts = settingsOfName(symbol).length > 0 ? { base: symbol } : splitSuffix(symbol);
  return {
    ...parts,
    ...(number !== undefined && { number: Number(number) }),
    ...(operation && { change: operation }),
  };
}

/**
 * `P6~3~/mmc`, `P6<sub>3</sub>/mmc`, `P6_{3}/mmc`, `P\=1`, `R\bar{3}m` and minus signs of all kinds as plain letters.
 */
function withoutMarkup(text: string): string {
  return text
    .replace(/<\/?(?:su[bp]|i|b)>/gi, '')
    .replace(/\\bar\s*\{?\s*(\d)\s*\}?/g, '-$1')
    .replace(/\\[=-](?=\d)/g, '-')
    .replace(/(\d)[\u0304\u0305]/g, '-$1')
    .replace(/[\u2010-\u2015\u2212\u00AF]/g, '-')
    .replace(/[~^$\\{}]/g, '')
    .replace(/-\s+(?=[1-6])/g, '-')
    .trim();
}

/** `F d -3 m :2`, `R-3mH`, `F d -3 m S`, `P n n n O2`, `R 3 c (hexagonal axes)` carry their setting at the end. */
function splitSuffix(text: string): GroupName {
  const written =
    /^(.*?)[\s,([]*(?::\s*([\w-]+)|\bo(?:rigin)?\s*(?:choice\s*)?([12])|\s\(([12])|([hr])(?:ex\w*|homb\w*)?(?:\s+(?:axes|setting))?|([sz]))[\s)\]]*$/i;
  const [, base, ...endings] = written.exec(text) ?? [];
  const suffix = endings.find((ending) => ending !== undefined)?.toLowerCase();
  if (base === undefined || suffix === undefined) return { base: text };
  return { base, suffix: { s: '1', z: '2', hex: 'h', o1: '1', o2: '2' }[suffix] ?? suffix };
}

/**
 * The operations of a name that is not tabulated: monoclinic groups with any centring and glide, such as `B 21/n` or
 * `F 2/m`, and groups without glides and screws in an unusual centring, such as `F 4/m m m` or `C -1`; `undefined` for
 * others.  A short monoclinic name means the first unique axis of `uniqueAxes` (0, 1, 2) that suits it.
 */
export function operationsOfUnusualName(name: string, uniqueAxes: readonly number[]): SymmetryOperation[] | undefined {
  return monoclinicOperations(name, uniqueAxes) ?? centredOperations(name);
}

function monoclinicOperations(name: string, uniqueAxes: readonly number[]): SymmetryOperation[] | undefined {
  const text = name.replace(/[_()]/g, '').trim().toLowerCase();
  const [, letter, rest = ''] = /^([pabcif])\s*(.*)$/.exec(text) ?? [];
  const fields = rest.split(/\s+/);
  const isFull = fields.length === 3 && fields.filter((field) => field === '1').length === 2;
  if (letter === undefined || (!isFull && fields.length !== 1)) return undefined;
  const element = fields.find((field) => field !== '1') ?? '';
  const [, twofold, slash, plane] = /^(21?)?(\/?)([mabcn])?$/.exec(element) ?? [];
  if (
    (twofold === undefined && plane === undefined) ||
    (slash !== '') !== (twofold !== undefined && plane !== undefined)
  )
    return undefined;
  const axes = isFull ? [fields.indexOf(element)] : uniqueAxes;
  const axis = axes.find((candidate) => plane !== 'abc'[candidate]);
  if (axis === undefined) return undefined;
  const others = [...'abc'].filter((_, index) => index !== axis).join('');
  const glide = { m: '', n: others }[plane ?? 'm'] ?? plane ?? '';
  const screw = twofold === '21' ? 'abc'[axis] : '';
  const sign = slash === '/' ? '-' : '';
  const inverted = twofold === undefined ? '-' : '';
  return operationsOfHallSymbol(`${sign}${letter.toUpperCase()} ${inverted}2${'xyz'[axis]}${screw}${glide}`);
}

/**
 * A group without glides and screws in an unusual centring: the operations of its primitive twin times the centring.
 */
function centredOperations(name: string): SymmetryOperation[] | undefined {
  const [letter, rest] = [name.trim()[0]?.toUpperCase() ?? '', name.trim().slice(1)];
  const shifts = 'ABCFI'.includes(letter) ? [[0, 0, 0], ...(centrings[letter] ?? [])] : undefined;
  const [primitive] = shifts ? settingsOfName(`P${rest}`) : [];
  if (shifts === undefined || primitive === undefined) return undefined;
  const operations = operationsOf(primitive);
  if (operations.some(({ translation }) => translation.some((value) => value !== 0))) return undefined;
  return shifts.flatMap((translation) => operations.map(({ rotation }) => ({ rotation, translation })));
}
