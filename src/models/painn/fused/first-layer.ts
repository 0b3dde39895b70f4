import type { PainnConfig } from '../config.js';
import type { Arena } from './arena.js';
import type { BasisCubics } from './basis-cubics.js';
import { type Matrix, type MatrixSource, matrixWriter, panelsOf, transposed } from './matrices.js';
import { type Parameter, type ParameterReader, sentFactor } from './parameter-reader.js';

/**
 * The messages of the first layer, where all atoms of a kind send the same: with the moments m, M of the neighbours of kind k around an atom
 * (see `src/kernels/moments.ts`) they are sums over kinds
 *
 *   dx = sum_k m S_k,  dv = sum_k M V_k,  S_k = W_a a_k,  V_k = W_c C_k
 *
 * where W are weights of the filters, one for each function and channel, and their biases, a_k and C_k what is sent.  Vectors are projected
 * at the same time, by P: M (V_k P).
 */
export interface FirstLayer {
  /** Packets of four functions of the distance: the radial functions, the envelope, zeros. */
  readonly packets: number;
  /** Address of their cubics, [intervals + 1 x packets x 4 coefficients x 4]; zeros at the end, beyond the cutoff. */
  readonly functions: number;
  /** S / sqrt 2, V and V P, for both directions, of the first kind; those of the others follow, `bytesPerKind` from kind to kind. */
  readonly matrices: KindMatrices;
  readonly bytesPerKind: number;
}

export interface KindMatrices {
  readonly scalars: Matrix;
  readonly scalarsBack: Matrix;
  readonly vectors: Matrix;
  readonly vectorsBack: Matrix;
  readonly projections: Matrix;
  readonly projectionsBack: Matrix;
}

/** The matrix of another kind. */
export function ofKind(matrix: Matrix, kind: number, { bytesPerKind }: FirstLayer): Matrix {
  return { ...matrix, weights: matrix.weights + kind * bytesPerKind };
}

/** Writes the table of functions, and takes memory for the matrices of all kinds, which are written when a kind is met. */
export function writeFirstLayer(
  { channels: h, elementCount }: PainnConfig,
  basis: BasisCubics,
  arena: Arena,
): FirstLayer {
  const packets = Math.ceil(basis.valueErrors.length / 4);
  const width = 4 * packets;
  const { write } = matrixWriter(arena);
  const zeros = write(new Float32Array(Math.max(width, 2 * h)));
  const functions = write(packetsOf(basis, packets));
  const first = arena.allocate(0);
  let end = first;
  const place = (depth: number, columns: number): Matrix => {
    const weights = end;
    end += 4 * depth * columns;
    return { depth, columns, weights, bias: zeros };
  };
  const matrices = {
    ...{ scalars: place(width, h), scalarsBack: place(h, width) },
    ...{ vectors: place(width, h), vectorsBack: place(h, width) },
    ...{ projections: place(width, 2 * h), projectionsBack: place(2 * h, width) },
  };
  const bytesPerKind = end - first;
  arena.allocate(bytesPerKind * elementCount);
  return { packets, functions, matrices, bytesPerKind };
}

function packetsOf({ intervals, coefficients, valueErrors }: BasisCubics, packets: number): Float32Array {
  const count = valueErrors.length;
  const out = new Float32Array((intervals + 1) * packets * 16);
  for (let row = 0; row < 4 * intervals; row++) {
    const [interval, power] = [Math.floor(row / 4), row % 4];
    for (let f = 0; f < count; f++) {
      out[(interval * packets + (f >> 2)) * 16 + power * 4 + (f & 3)] = coefficients[row * count + f];
    }
  }
  return out;
}

/** Writes the matrices of kinds that are met for the first time. */
export function openKindWriter(
  { config, read }: { readonly config: PainnConfig; readonly read: ParameterReader },
  layer: FirstLayer,
  { memory }: Arena,
): (kinds: Iterable<number>) => void {
  const written = new Set<number>();
  return (kinds) => {
    for (const kind of kinds) {
      if (written.has(kind)) continue;
      for (const [name, source] of Object.entries(sourcesOf(kind, { config, read }, layer.packets))) {
        const { weights } = ofKind(layer.matrices[name as keyof KindMatrices], kind, layer); // the names are those of `sourcesOf`
        const panels = panelsOf(source);
        new Float32Array(memory.buffer, weights, panels.length).set(panels);
      }
      written.add(kind);
    }
  };
}

function sourcesOf(
  kind: number,
  { config, read }: { readonly config: PainnConfig; readonly read: ParameterReader },
  packets: number,
): Record<keyof KindMatrices, MatrixSource> {
  const { channels: h } = config;
  const { scalars: a, vectors: c } = sentBy(kind, config, read);
  const filters = read('message_layers.0.rbf_proj.weight');
  const biases = read('message_layers.0.rbf_proj.bias').data;
  /** Weight of a function in a filter; behind the radial functions comes the envelope. */
  const weightOf = (place: number, filter: number) =>
    place < filters.width ? filters.data[filter * filters.width + place] : place === filters.width ? biases[filter] : 0;
  const depth = 4 * packets;
  const scalars = (place: number, channel: number) => Math.SQRT1_2 * a[channel] * weightOf(place, channel);
  const vectors = (place: number, channel: number) => c[channel] * weightOf(place, 2 * h + channel);
  const projected = projectRows(depth, vectors, read('update_layers.0.vec_proj.weight'));
  const forth = (columns: number, at: MatrixSource['at']): MatrixSource => ({ depth, columns, at, bias: () => 0 });
  const sources = {
    scalars: forth(h, scalars),
    vectors: forth(h, vectors),
    projections: forth(2 * h, (place, column) => projected[place * 2 * h + column]),
  };
  return {
    ...sources,
    scalarsBack: transposed(sources.scalars),
    vectorsBack: transposed(sources.vectors),
    projectionsBack: transposed(sources.projections),
  };
}

/** Rows of a matrix times the transpose of another: [depth x h] times [2 h x h] is [depth x 2 h]. */
function projectRows(depth: number, at: MatrixSource['at'], { data, width: h }: Parameter): Float64Array {
  const columns = data.length / h;
  const out = new Float64Array(depth * columns);
  for (let place = 0; place < depth; place++) {
    const row = Float64Array.from({ length: h }, (_, channel) => at(place, channel));
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let channel = 0; channel < h; channel++) sum += row[channel] * data[column * h + channel];
      out[place * columns + column] = sum;
    }
  }
  return out;
}

/** What atoms of a kind send in the first layer: a and C, [h]. */
function sentBy(
  kind: number,
  { channels: h }: PainnConfig,
  read: ParameterReader,
): { readonly scalars: Float64Array; readonly vectors: Float64Array } {
  const name = 'message_layers.0';
  const embedding = read('atom_emb.embeddings.weight').data.subarray(kind * h, (kind + 1) * h);
  const x = normalized(embedding, read, `${name}.x_layernorm`);
  const hidden = linear(x, read(`${name}.x_proj.0.weight`), read(`${name}.x_proj.0.bias`));
  const activated = hidden.map((value) => value / (1 + Math.exp(-value)) / 0.6);
  const sent = linear(activated, read(`${name}.x_proj.2.weight`), read(`${name}.x_proj.2.bias`));
  return { scalars: sent.subarray(0, h), vectors: sent.subarray(2 * h).map((value) => value * sentFactor(2 * h, h)) };
}

function normalized(x: Float32Array, read: ParameterReader, name: string): Float64Array {
  const [weight, bias] = [read(`${name}.weight`).data, read(`${name}.bias`).data];
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return Float64Array.from(x, (value, k) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[k] + bias[k]);
}

function linear(x: Float64Array, weights: Parameter, biases: Parameter): Float64Array {
  return Float64Array.from(biases.data, (bias, row) => {
    let sum = bias;
    for (let k = 0; k < x.length; k++) sum += weights.data[row * weights.width + k] * x[k];
    return sum;
  });
}
