import { chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { cellFromParameters } from '../../structure/cell.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import { atPlace } from '../place-error.js';
import { type CifBlock, parseCifBlocks } from './blocks.js';
import { countsOfFormula } from './elements-of-sites.js';
import { expandSites } from './expand.js';
import { readSites } from './sites.js';
import { type CifCell, readSymmetry } from './symmetry.js';
import { isMissing, numberOf, valueOf } from './values.js';

/**
 * Reads every data block of a CIF that holds atoms as one full unit cell: symmetry applied, special positions merged.
 * `info.name` is the name of the block.
 *
 * @throws {LammError} with `file` and line: `format`, `unknown-element`, or `structure` for partial occupancy and mixed sites.
 */
export function parseCif(text: string, { file }: { readonly file?: string } = {}): Structure[] {
  const { blocks, lastLine } = parseCifBlocks(text, file);
  const structures = blocks.filter(holdsAtoms).map((block) => toStructure(block, file));
  if (structures.length > 0) return structures;
  throw new LammError(
    'format',
    'expected a CIF with fractional coordinates of atoms (_atom_site_fract_x), found none',
    {
      file,
      line: lastLine,
    },
  );
}

/** Whether a block has a place for at least one atom; some have a loop of question marks. */
function holdsAtoms({ tables }: CifBlock): boolean {
  return ['_atom_site_fract_x', '_atom_site_cartn_x'].some((tag) => {
    const table = tables.get(tag);
    const column = table?.tags.indexOf(tag);
    return table?.values.some((token, index) => index % table.tags.length === column && !isMissing(token));
  });
}

function toStructure(block: CifBlock, file: string | undefined): Structure {
  const cell = readCell(block, file);
  const sites = readSites(block, cell, file);
  const symmetry = readSymmetry(block, cell, file);
  return atPlace({ file, line: sites[0].line }, () => {
    const { numbers, positions } = expandSites(sites, symmetry.groups, cell.vectors);
    if (symmetry.doubt !== undefined) assertComposition(block, numbers, symmetry.doubt, { file, line: symmetry.line });
    return createStructure({
      numbers,
      positions,
      cell: cell.vectors,
      ...(block.name !== '' && { info: { name: block.name } }),
    });
  });
}

/** Symmetry that is in doubt must at least give the composition of the block, where that is known. */
function assertComposition(
  block: CifBlock,
  numbers: readonly number[],
  doubt: string,
  place: { file?: string; line: number },
): void {
  const formula = valueOf(block, '_chemical_formula_sum', place.file);
  const units = valueOf(block, '_cell_formula_units_z', place.file);
  if (formula === undefined || units === undefined) return;
  const expected = new Map(countsOfFormula(formula.text));
  const found = new Map<string, number>();
  for (const number of numbers) found.set(chemicalSymbols[number], (found.get(chemicalSymbols[number]) ?? 0) + 1);
  const z = numberOf(units, '_cell_formula_units_Z', place.file);
  const differs = [...new Set([...expected.keys(), ...found.keys()])].some(
    (symbol) => Math.abs((expected.get(symbol) ?? 0) * z - (found.get(symbol) ?? 0)) > 0.01,
  );
  if (!differs) return;
  throw new LammError(
    'format',
    `the atoms do not make up ${z} formula units of ${formula.text.trim()}: ${doubt}`,
    place,
  );
}

/** A missing angle is 90 degrees, as the core dictionary says; a missing length is an error. */
function readCell(block: CifBlock, file: string | undefined): CifCell {
  const tokens = [
    '_cell_length_a',
    '_cell_length_b',
    '_cell_length_c',
    '_cell_angle_alpha',
    '_cell_angle_beta',
    '_cell_angle_gamma',
  ].map((tag) => ({ tag, token: valueOf(block, tag, file) }));
  const values = tokens.map(({ tag, token }, index) => {
    if (token === undefined && index >= 3 && !block.items.has(tag)) return 90;
    const line = block.items.get(tag)?.[0].line ?? block.line;
    if (token === undefined) throw new LammError('format', `expected a number for ${tag}, found none`, { file, line });
    const value = numberOf(token, tag, file);
    if (value > 0 && (index < 3 ? value < 1e6 : value < 180)) return value;
    throw new LammError(
      'format',
      `expected a positive ${index < 3 ? 'length' : 'angle below 180'} for ${tag}, found ${value}`,
      { file, line },
    );
  });
  const [lengths, angles] = [values.slice(0, 3), values.slice(3)];
  const vectors = cellFromParameters(lengths, angles);
  const height = vectors[8] / lengths[2];
  if (height > 1e-4) return { lengths, angles, vectors };
  const line = tokens[4].token?.line ?? block.line;
  throw new LammError(
    'format',
    `no cell has the angles ${angles.join(', ')}; check _cell_angle_alpha, _beta and _gamma`,
    { file, line },
  );
}
