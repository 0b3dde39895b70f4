import { z } from 'zod';
import { chemicalSymbols } from '../../elements.js';
import type { Role } from './inventory.js';

const rowSchema = z.strictObject({
  /** File and number of the frame, counted from 1. */
  id: z.string(),
  role: z.enum(['candidate', 'reference']),
  formula: z.string().optional(),
  atoms: z.number().optional(),
  /** Atoms by symbol. */
  composition: z.record(z.string(), z.number()).optional(),
  /** Level of theory, where the calculator has several. */
  head: z.string().optional(),
  /** eV, and eV/atom. */
  energy: z.number().optional(),
  energyPerAtom: z.number().optional(),
  /** Expected error, eV/atom, and atoms that are unlike the training. */
  energyErrorPerAtom: z.number().optional(),
  unlikeAtoms: z.number().optional(),
  /** Largest force, eV/A. */
  fmax: z.number().optional(),
  pressureGPa: z.number().optional(),
  /** A^3/atom, and g/cm^3. */
  volumePerAtom: z.number().optional(),
  density: z.number().optional(),
  /** Number and symbol of the space group, before and after a relaxation. */
  spaceGroupBefore: z.string().optional(),
  spaceGroup: z.string().optional(),
  /** The same for crystals of one structure type: `A2B_hP9_154_a_c`. */
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
export interface RankedRow extends ScreenRow {
  /** eV/atom, from the elements. */
  readonly formationEnergy?: number;
  /** eV/atom above the lower hull of all structures of the same head. */
  readonly energyAboveHull?: number;
}

/** Reads the rows of a chunk. */
export function parseRows(text: string): ScreenRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => rowSchema.parse(JSON.parse(line)));
}

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

export function failedRow(id: string, role: Role, error: unknown, seconds = 0): ScreenRow {
  return { id, role, seconds, error: error instanceof Error ? error.message : String(error) };
}

/** Columns of a table, in order. */
export const columns = [
  'id',
  'role',
  'formula',
  'atoms',
  'energy',
  'energyPerAtom',
  'formationEnergy',
  'energyAboveHull',
  'energyErrorPerAtom',
  'unlikeAtoms',
  'fmax',
  'pressureGPa',
  'volumePerAtom',
  'density',
  'spaceGroupBefore',
  'spaceGroup',
  'prototype',
  'converged',
  'steps',
  'head',
  'seconds',
  'error',
] as const satisfies readonly (keyof RankedRow)[];

/** One line of comma-separated values. */
export function formatCsvRow(row: RankedRow): string {
  return `${columns.map((column) => csvCell(row[column])).join(',')}\n`;
}

function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
