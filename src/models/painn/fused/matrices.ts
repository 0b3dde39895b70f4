import type { Arena } from './arena.js';
import type { Kernels } from './kernels.js';

/** A matrix in memory as `multiplyRows` reads it: addresses of its panels and of a number for each column. */
export interface Matrix {
  readonly depth: number;
  readonly columns: number;
  readonly weights: number;
  readonly bias: number;
}

/** The numbers of a matrix, [depth x columns], and what is added to each column. */
export interface MatrixSource {
  readonly depth: number;
  readonly columns: number;
  at(row: number, column: number): number;
  bias(column: number): number;
}

/**
 * Writes rows and matrices into memory; matrices get as many rows and columns of zeros as make their numbers multiples
 * of 4.
 */
export function matrixWriter(arena: Arena) {
  function write(values: Float32Array): number {
    const address = arena.allocate(values.byteLength);
    new Float32Array(arena.memory.buffer, address, values.length).set(values);
    return address;
  }

  function add(source: MatrixSource): Matrix {
    const [depth, columns] = paddedSize(source);
    const bias = Float32Array.from({ length: columns }, (_, column) =>
      column < source.columns ? source.bias(column) : 0,
    );
    return { depth, columns, weights: write(panelsOf(source)), bias: write(bias) };
  }

  return { write, add };
}

/** The numbers of a matrix in the order in which `multiplyRows` reads them. */
export function panelsOf(source: MatrixSource): Float32Array {
  const [depth, columns] = paddedSize(source);
  const panels = new Float32Array(depth * columns);
  let place = 0;
  for (let first = 0; first < columns; first += 8) {
    const end = Math.min(first + 8, columns);
    for (let row = 0; row < depth; row++) {
      for (let column = first; column < end; column++) {
        const isInside = row < source.depth && column < source.columns;
        panels[place++] = isInside ? source.at(row, column) : 0;
      }
    }
  }
  return panels;
}

function paddedSize({ depth, columns }: MatrixSource): [depth: number, columns: number] {
  return [4 * Math.ceil(depth / 4), 4 * Math.ceil(columns / 4)];
}

/** Rows for columns, and nothing added. */
export function transposed({ depth, columns, at }: MatrixSource): MatrixSource {
  return { depth: columns, columns: depth, at: (row, column) => at(column, row), bias: () => 0 };
}

/**
 * Multiplies rows by a matrix: from the address of rows of [depth] to that of rows of [columns]; their number is a
 * multiple of 4.
 */
export function openProduct({ multiplyRows }: Kernels) {
  return (rows: number, from: number, { depth, columns, weights, bias }: Matrix, to: number): void =>
    multiplyRows(rows, depth, columns, from, 4 * depth, weights, bias, 0, to, 4 * columns);
}
