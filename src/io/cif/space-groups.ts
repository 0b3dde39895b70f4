import { hall_symbol_entry, type MoyoHallSymbolEntry, operations_from_number } from '@spglib/moyo-wasm';
import { loadMoyo, rowsOfColumns } from '../../structure/moyo-library.js';
import { type SymmetryOperation, snapFraction } from './operations.js';

/** One of the 530 tabulated settings of the space groups. */
export interface SpaceGroupSetting {
  readonly number: number;
  readonly hallNumber: number;
  readonly hallSymbol: string;
  /** `1`, `2` for origins, `H`, `R` for axes, `b1`, `-cba` and the like for cells, or empty. */
  readonly setting: string;
  readonly name: string;
}

interface SettingTable {
  readonly settings: readonly SpaceGroupSetting[];
  readonly byName: ReadonlyMap<string, readonly SpaceGroupSetting[]>;
}

/** Made of the library when it is first asked for, then the same for all files. */
let table: SettingTable | undefined;

/** Settings of a space-group number, 1 to 230; none for other numbers. */
export function settingsOfNumber(number: number): SpaceGroupSetting[] {
  return loadTable().settings.filter((setting) => setting.number === number);
}

/**
 * Settings that a Hermann-Mauguin name can mean: short or full, with or without blanks, underscores and brackets, old
 * names of cubic and glide-plane groups.  The caller chooses among them.
 */
export function settingsOfName(name: string): readonly SpaceGroupSetting[] {
  return loadTable().byName.get(normaliseName(name)) ?? [];
}

/** The symmetry operations of a setting, centring included. */
export function operationsOf({ number, hallNumber }: SpaceGroupSetting): SymmetryOperation[] {
  loadTable();
  return operations_from_number(number, { type: 'HallNumber', value: hallNumber }, false).map(
    ({ rotation, translation }) => ({
      rotation: rowsOfColumns(rotation),
      translation: translation.map(snapFraction),
    }),
  );
}

function loadTable(): SettingTable {
  if (table !== undefined) return table;
  loadMoyo();
  const entries = Array.from({ length: 530 }, (_, index) => hall_symbol_entry(index + 1));
  const byName = new Map<string, SpaceGroupSetting[]>();
  const settings = entries.map((entry) => {
    const setting = {
      number: entry.number,
      hallNumber: entry.hall_number,
      hallSymbol: entry.hall_symbol,
      setting: entry.setting,
      name: entry.hm_full,
    };
    for (const name of new Set(namesOf(entry).map(normaliseName)))
      byName.set(name, [...(byName.get(name) ?? []), setting]);
    return setting;
  });
  table = { settings, byName };
  return table;
}

const orthorhombicSettings = ['', 'ba-c', 'cab', '-cba', 'bca', 'a-cb'];

/** Names from before the glide letter "e" (1992), in the order of `orthorhombicSettings`. */
const oldGlideNames: Readonly<Record<number, readonly string[]>> = {
  39: ['Abm2', 'Bma2', 'B2cm', 'C2mb', 'Cm2a', 'Ac2m'],
  41: ['Aba2', 'Bba2', 'B2cb', 'C2cb', 'Cc2a', 'Ac2a'],
  64: ['Cmca', 'Ccmb', 'Abma', 'Acam', 'Bbcm', 'Bmab'],
  67: ['Cmma', 'Cmmb', 'Abmm', 'Acmm', 'Bmcm', 'Bmam'],
  68: ['Ccca', 'Cccb', 'Abaa', 'Acaa', 'Bbcb', 'Bbab'],
};

function namesOf({ number, setting, hm_full: full, hm_short: short }: MoyoHallSymbolEntry): string[] {
  const isMonoclinic = number >= 3 && number <= 15;
  const names = isMonoclinic ? [full, ...shortMonoclinicNames(full)] : [full, short];
  const old = oldGlideNames[number]?.[orthorhombicSettings.indexOf(setting.replace(/^[12]/, ''))];
  if (old !== undefined) names.push(old);
  const isCentricCubic = (number >= 200 && number <= 206) || number >= 221;
  if (isCentricCubic) names.push(short.replace('-', ''), full.replace('-', ''));
  return names;
}

/** `P 1 2_1/c 1` is also `P 2_1/c`. */
function shortMonoclinicNames(full: string): string[] {
  const [centring, ...axes] = full.split(' ');
  const named = axes.filter((axis) => axis !== '1');
  return named.length === 1 ? [`${centring} ${named[0]}`] : [];
}

function normaliseName(name: string): string {
  return name.replace(/[\s_()'"]/g, '').toLowerCase();
}

/** Number of operations of the crystal class of a space group, 1 to 230. */
export function pointGroupOrder(number: number): number {
  return crystalClasses.find(([last]) => number <= last)?.[1] ?? 0;
}

/** The last space group of each run of crystal classes of the same order. */
const crystalClasses: readonly (readonly [last: number, order: number])[] = [
  [1, 1],
  [9, 2],
  [46, 4],
  [74, 8],
  [82, 4],
  [122, 8],
  [142, 16],
  [146, 3],
  [161, 6],
  [167, 12],
  [174, 6],
  [190, 12],
  [194, 24],
  [199, 12],
  [220, 24],
  [230, 48],
];
