import type { PainnConfig } from '../config.js';
import type { Arena } from './arena.js';
import { type Matrix, matrixWriter } from './matrices.js';
import type { Parameter, ParameterReader } from './parameter-reader.js';

/**
 * A gated equivariant block of the head for forces; `Matrix` of the vectors that are measured, of those that are gated,
 * of hidden rows.
 */
export interface GatedWeights {
  /** Numbers in a row before the block and after it, with zeros to a multiple of 4. */
  readonly width: number;
  readonly outputs: number;
  readonly measured: Matrix;
  readonly gated: Matrix;
  readonly hidden: Matrix;
  readonly gate: Matrix;
  /** Absent in the last block, after which no scalars are needed. */
  readonly scalars?: Matrix;
}

/** The two blocks that make a force of the features of an atom, the second for one head alone. */
export function forceWeights(
  { config, head, read }: { config: PainnConfig; head: number; read: ParameterReader },
  arena: Arena,
): GatedWeights[] {
  const { channels, heads } = config;
  const matrices = matrixWriter(arena);
  const name = (index: number, part: string) => `out_forces.output_network.${index}.${part}`;

  /** So many rows of a linear layer from `first` on; `inputOf` says which of its inputs a number is, if any. */
  function linear(
    [index, part]: [number, string],
    { first, rows, depth, inputOf }: { first: number; rows: number; depth: number; inputOf(place: number): number },
  ): Matrix {
    const { data, width }: Parameter = read(name(index, `${part}.weight`));
    const biases = read(name(index, `${part}.bias`)).data;
    const at = (place: number, row: number) => {
      const input = inputOf(place);
      return input < 0 ? 0 : data[(first + row) * width + input];
    };
    return matrices.add({ depth, columns: rows, at, bias: (row) => biases[first + row] ?? 0 });
  }

  function block(index: number, inputs: number, outputs: { all: number; first: number; count: number }): GatedWeights {
    const width = 4 * Math.ceil(inputs / 4);
    const { all, first, count } = outputs;
    const vectors = { depth: width, inputOf: (place: number) => (place < inputs ? place : -1) };
    const joined = (place: number) => {
      const within = place % width;
      if (within >= inputs) return -1;
      return place < width ? within : inputs + within;
    };
    const isLast = index === 1;
    return {
      width,
      outputs: 4 * Math.ceil(count / 4),
      measured: linear([index, 'vec1_proj'], { ...vectors, first: 0, rows: inputs }),
      gated: linear([index, 'vec2_proj'], { ...vectors, first, rows: count }),
      hidden: linear([index, 'update_net.0'], { depth: 2 * width, inputOf: joined, first: 0, rows: inputs }),
      gate: linear([index, 'update_net.2'], { ...vectors, first: all + first, rows: count }),
      ...(!isLast && { scalars: linear([index, 'update_net.2'], { ...vectors, first, rows: count }) }),
    };
  }

  const half = channels / 2;
  return [
    block(0, channels, { all: half, first: 0, count: half }),
    block(1, half, { all: heads.length, first: head, count: 1 }),
  ];
}
