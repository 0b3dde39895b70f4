import type { HeadSource } from '../../kind.js';
import type { PainnConfig } from '../config.js';
import { smoothing } from '../features.js';
import type { Arena } from './arena.js';
import { type FilterTable, tabulateFilters } from './filter-tables.js';
import { type FirstLayer, openKindWriter, writeFirstLayer } from './first-layer.js';
import { forceWeights, type GatedWeights } from './force-weights.js';
import { type Matrix, matrixWriter } from './matrices.js';
import { type ParameterReader, parameterReader, sentFactor } from './parameter-reader.js';

/** A linear layer for both directions: `back` takes derivatives by its outputs to those by its inputs. */
export interface LinearLayer {
  readonly forth: Matrix;
  readonly back: Matrix;
}

/** What makes messages out of scalar features. */
export interface SenderWeights {
  /** Addresses of the affine map of the layer norm. */
  readonly normWeight: number;
  readonly normBias: number;
  readonly hidden: LinearLayer;
  readonly sent: LinearLayer;
  /**
   * Address of the table of filters in packets of four channels, [intervals + 1 x packets x 3 filters x 4 coefficients x
   * 4]; zeros at its end.
   */
  readonly filters: number;
}

/** What mixes the features of an atom. */
export interface UpdateWeights {
  readonly projection: LinearLayer;
  readonly hidden: LinearLayer;
  readonly mixing: LinearLayer;
  readonly scale: number;
}

export interface LayerWeights {
  /** Absent in the first layer, where messages depend on elements alone; see `FirstLayer`. */
  readonly sender?: SenderWeights;
  readonly update: UpdateWeights;
}

export interface ReadoutWeights {
  /** Numbers in a hidden row, and how many of them, the first ones, are features: the others are zero. */
  readonly width: number;
  readonly features: number;
  readonly hidden: LinearLayer;
  /** Address of the row that makes an energy of a hidden row, and what is added. */
  readonly weight: number;
  readonly bias: number;
}

/** One head of a network in memory. */
export interface NetworkMemory {
  readonly channels: number;
  readonly elementCount: number;
  /** Address of rows of [h] by atomic number - 1, the first features over sqrt 2. */
  readonly embedding: number;
  readonly firstLayer: FirstLayer;
  readonly layers: readonly LayerWeights[];
  readonly readout: ReadoutWeights;
  /** What makes forces of vectors, in a network with forces of their own: nothing leads back through it then. */
  readonly forces?: readonly GatedWeights[];
  /** Intervals of the tables, and how many of them are 1 A. */
  readonly intervals: number;
  readonly intervalsPerLength: number;
  /** Added to squared lengths of vectors. */
  readonly smoothing: number;
}

/**
 * Writes one head of a smooth network into memory as kernels read it.
 *
 * @throws {LammError} `engine` when its filters cannot be tabulated.
 */
export function writeNetwork({ config, parameters, head }: HeadSource<PainnConfig>, arena: Arena): WrittenNetwork {
  const { channels, elementCount } = config;
  const read = parameterReader(config, parameters);
  const write = createWriter(read, arena);
  const { basis, layers: tables } = tabulateFilters(config, parameters);
  const firstLayer = writeFirstLayer(config, basis, arena);
  const network = {
    ...{ channels, elementCount, smoothing, intervals: basis.intervals, intervalsPerLength: 1 / basis.spacing },
    embedding: write.row(read('atom_emb.embeddings.weight').data.map((value) => value * Math.SQRT1_2)),
    firstLayer,
    layers: tables.map((table, layer) => ({
      ...(layer > 0 && { sender: senderWeights(write, { layer, channels, filters: writeTable(table, arena) }) }),
      update: updateWeights(write, { layer, config }),
    })),
    readout: readoutWeights(write, read, head),
    ...(config.forces === 'direct' && { forces: forceWeights({ config, head, read }, arena) }),
  };
  return { network, tables, writeKinds: openKindWriter({ config, read }, firstLayer, arena) };
}

export interface WrittenNetwork {
  readonly network: NetworkMemory;
  /** The tables of filters of each layer. */
  readonly tables: readonly FilterTable[];
  /** Writes what the first layer needs of kinds, atomic numbers - 1, that were not met before. */
  writeKinds(kinds: Iterable<number>): void;
}

type Writer = ReturnType<typeof createWriter>;

function createWriter(read: ParameterReader, arena: Arena) {
  const matrices = matrixWriter(arena);

  /** The first `rows` rows of a linear layer, each times its factor. */
  function linear(
    name: string,
    { rows, factor = () => 1 }: { rows?: number; factor?: (row: number) => number } = {},
  ): LinearLayer {
    const { data, width } = read(`${name}.weight`);
    const bias = read(`${name}.bias`).data;
    const outputs = rows ?? data.length / width;
    const at = (output: number, input: number) => data[output * width + input] * factor(output);
    return {
      forth: matrices.add({
        ...{ depth: width, columns: outputs, at: (input, output) => at(output, input) },
        bias: (output) => (bias.length === 0 ? 0 : bias[output] * factor(output)),
      }),
      back: matrices.add({ depth: outputs, columns: width, at, bias: () => 0 }),
    };
  }

  return { linear, row: matrices.write, parameter: (name: string) => matrices.write(read(name).data) };
}

function senderWeights(
  write: Writer,
  { layer, channels, filters }: { layer: number; channels: number; filters: number },
): SenderWeights {
  const name = `message_layers.${layer}`;
  return {
    filters,
    normWeight: write.parameter(`${name}.x_layernorm.weight`),
    normBias: write.parameter(`${name}.x_layernorm.bias`),
    hidden: write.linear(`${name}.x_proj.0`),
    sent: write.linear(`${name}.x_proj.2`, { factor: (row) => sentFactor(row, channels) }),
  };
}

/** Where forces are derivatives, nothing reads the vectors of the last layer, so that it has no q2. */
function updateWeights(
  write: Writer,
  { layer, config: { channels, layers, forces, scaleFactors } }: { layer: number; config: PainnConfig },
): UpdateWeights {
  const name = `update_layers.${layer}`;
  const hasVectors = layer < layers - 1 || forces === 'direct';
  return {
    projection: write.linear(`${name}.vec_proj`),
    hidden: write.linear(`${name}.xvec_proj.0`),
    mixing: write.linear(`${name}.xvec_proj.2`, { rows: (hasVectors ? 3 : 2) * channels }),
    scale: scaleFactors[layer],
  };
}

function readoutWeights(write: Writer, read: ParameterReader, head: number): ReadoutWeights {
  const hidden = write.linear('out_energy.0');
  const { data, width } = read('out_energy.2.weight');
  const row = new Float32Array(hidden.forth.columns);
  row.set(data.subarray(head * width, (head + 1) * width));
  return {
    hidden,
    width: row.length,
    features: width,
    weight: write.row(row),
    bias: read('out_energy.2.bias').data[head],
  };
}

/** Which thirds of the filters stand in a packet: those of a, C, B. */
const thirds = [0, 2, 1];

/** Coefficients of filters in packets of four channels, with an interval of zeros at the end, beyond the cutoff. */
function writeTable({ intervals, coefficients }: FilterTable, arena: Arena): number {
  const filters = coefficients.length / intervals / 4;
  const channels = filters / 3;
  const out = new Float32Array((intervals + 1) * thirds.length * channels * 4);
  let place = 0;
  for (let interval = 0; interval < intervals; interval++) {
    for (let channel = 0; channel < channels; channel += 4) {
      for (const third of thirds) {
        for (let power = 0; power < 4; power++) {
          const first = (4 * interval + power) * filters + third * channels + channel;
          for (let lane = 0; lane < 4; lane++) out[place++] = coefficients[first + lane];
        }
      }
    }
  }
  return matrixWriter(arena).write(out);
}
