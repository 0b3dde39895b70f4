import { z } from 'zod';
import { chemicalSymbols, isElementSymbol } from '../../elements.js';
import type { ColumnType } from '../../io/parquet.js';
import { spellSettings } from '../../settings/spell.js';
import { type Role, roles } from './inventory.js';

const elementSchema = z.string().refine(isElementSymbol);

/** A line of results. */
export const rowSchema = z.strictObject({
  /** File and number of the frame, counted from 1. */
  id: z.string(),
  role: z.enum(roles),
  formula: z.string().optional(),
  atoms: z.number().optional(),
  /** Atoms by symbol. */
  composition: z.record(elementSchema, z.int().positive()).optional(),
  /** Level of theory, where the calculator has several. */
  head: z.string().optional(),
  /** eV, and eV/atom. */
  energy: z.number().optional(),
  energyPerAtom: z.number().optional(),
  /** Expected error, eV/atom, and atoms that are unlike the training. */
  energyErrorPerAtom: z.number().optional(),
  unlikeAtoms: z.number().optional(),
  /** What further models say, in their order, eV/atom; null of one that does not know the elements. */
  committee: z.array(z.strictObject({ energyPerAtom: z.number(), head: z.string().optional() }).nullable()).optional(),
  /** How far the forces of all models differ, eV/A. */
  forcesSpread: z.number().optional(),
  /** Largest force, eV/A. */
  fmax: z.number().optional(),
  pressureGPa: z.number().optional(),
  /** A^3/atom, and g/cm^3. */
  volumePerAtom: z.number().optional(),
  density: z.number().optional(),
  /** Number and symbol of the space group, before and after a relaxation. */
  spaceGroupBefore: z.string().optional(),
  spaceGroup: z.string().optional(),
  /** The structure type, such as `A2B_hP9_154_a_c`: equal for all crystals of one type. */
  prototype: z.string().optional(),
  /** Of a relaxation. */
  converged: z.boolean().optional(),
  steps: z.number().optional(),
  seconds: z.number(),
  /** Why there are no numbers, or no more of them. */
  error: z.string().optional(),
});

/** What came of one structure. */
export type ScreenRow = z.infer<typeof rowSchema>;

/** A row with what follows from all of them. */
export const rankedRowSchema = rowSchema.extend({
  /** eV/atom, from the elements. */
  formationEnergy: z.number().optional(),
  /** eV/atom above the lower hull of all structures of the same head. */
  energyAboveHull: z.number().optional(),
  /** How far the formation energies of several models differ, each from its own elements, eV/atom. */
  formationSpread: z.number().optional(),
});

export type RankedRow = Readonly<z.infer<typeof rankedRowSchema>>;

export function formatRows(rows: readonly ScreenRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Name of a frame in rows, counted from 0 here and from 1 there. */
export function rowId(file: string, frame: number): string {
  return `${file}@${frame + 1}`;
}

export function compositionOf(numbers: Uint8Array): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const number of numbers) counts[chemicalSymbols[number]] = (counts[chemicalSymbols[number]] ?? 0) + 1;
  return counts;
}

/** A row without numbers; settings stand in its reason by their plain keys, as tables have no other names for them. */
export function failedRow(id: string, role: Role, error: unknown, seconds = 0): ScreenRow {
  const reason = error instanceof Error ? error.message : String(error);
  return { id, role, seconds, error: spellSettings(reason, () => undefined) };
}

/** Columns of a table, in order. */
export const columns = {
  id: 'text',
  role: 'text',
  formula: 'text',
  atoms: 'integer',
  energy: 'number',
  energyPerAtom: 'number',
  formationEnergy: 'number',
  energyAboveHull: 'number',
  energyErrorPerAtom: 'number',
  unlikeAtoms: 'integer',
  formationSpread: 'number',
  forcesSpread: 'number',
  fmax: 'number',
  pressureGPa: 'number',
  volumePerAtom: 'number',
  density: 'number',
  spaceGroupBefore: 'text',
  spaceGroup: 'text',
  prototype: 'text',
  converged: 'boolean',
  steps: 'integer',
  head: 'text',
  seconds: 'number',
  error: 'text',
} as const satisfies Partial<Record<keyof RankedRow, ColumnType>>;

const columnNames = Object.keys(columns) as (keyof typeof columns)[]; // the keys of a literal

export const csvHeader = `${columnNames.join(',')}\n`;

/** One line of comma-separated values. */
export function formatCsvRow(row: RankedRow): string {
  let line = csvCell(row[columnNames[0]]);
  for (let column = 1; column < columnNames.length; column++) line += `,${csvCell(row[columnNames[column]])}`;
  return `${line}\n`;
}

function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
