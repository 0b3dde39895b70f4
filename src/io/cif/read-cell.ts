import { LammError } from '../../errors.js';
import { cellFromParameters } from '../../structure/cell.js';
import type { CifBlock } from './blocks.js';
import { numberOf, valueOf } from './values.js';

/** Cell lengths (A) and angles (degrees), with the lattice vectors (A, rows) that they give. */
export interface CifCell {
  readonly lengths: readonly number[];
  readonly angles: readonly number[];
  readonly vectors: Float64Array;
}

const tags = [
  '_cell_length_a',
  '_cell_length_b',
  '_cell_length_c',
  '_cell_angle_alpha',
  '_cell_angle_beta',
  '_cell_angle_gamma',
];

/**
 * Reads the cell of a block.  A missing angle is 90 degrees, as the core dictionary says; a missing length is an error.
 *
 * @throws {LammError} `format`, with `file` and line, for numbers that make up no cell.
 */
export function readCell(block: CifBlock, file: string | undefined): CifCell {
  const tokens = tags.map((tag) => ({ tag, token: valueOf(block, tag, file) }));
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
