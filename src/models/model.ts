import { atomicNumber, chemicalSymbols, isElementSymbol } from '../elements.js';
import { LammError } from '../errors.js';
import { formatSafetensors, parseSafetensors, type SafeTensor, type SafeTensorsFile } from '../io/safetensors.js';
import { layoutFor, type ModelConfig } from './network.js';

/** What turns the numbers of one output of a network into energies and forces of its level of theory. */
export interface ModelHead {
  readonly name: string;
  /** eV for one unit of energy, eV/A for one unit of direct force. */
  readonly energyScale: number;
  readonly forceScale: number;
  /** Energy in eV that every structure has besides, whatever its size; shared equally among its atoms in energies per atom. */
  readonly energyOffset?: number;
  /** Energy of an atom outside the network in eV, by chemical symbol; these are the elements that the head was trained on. */
  readonly referenceEnergies: Readonly<Record<string, number>>;
  /** Whether it learned the way back from noise: its numbers are no energies and forces of atoms. */
  readonly denoising?: boolean;
  /** Whether it learned energies alone: its forces follow from them, but were never compared with any. */
  readonly energiesAlone?: boolean;
}

/** Where a model comes from and how good it is, for people. */
export interface ModelCard {
  readonly name: string;
  readonly license: string;
  readonly trainingData: readonly string[];
  /** One line per claim, such as a test error. */
  readonly notes: readonly string[];
}

/** A trained network with all that is needed to use it. */
export interface Model {
  readonly config: ModelConfig;
  /** Flat, in the order of `layoutFor(config)`. */
  readonly parameters: Float32Array;
  /** One per output, in the order of `config.heads`. */
  readonly heads: readonly ModelHead[];
  readonly card: ModelCard;
}

const metadataKey = 'lamm.model';

/** The bytes of a model file: safetensors with one tensor per parameter and a JSON description in its metadata. */
export function formatModel({ config, parameters, heads, card }: Model): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  for (const { name, shape, offset, size } of layoutFor(config).entries) {
    tensors.set(name, { dtype: 'F32', shape, data: parameters.slice(offset, offset + size) });
  }
  return formatSafetensors(tensors, { [metadataKey]: JSON.stringify({ version: 1, config, heads, card }) });
}

/**
 * Reads a model file.
 *
 * @throws {LammError} `format` when the bytes are no safetensors file, `checkpoint` when they are not a model of ours or a parameter is missing.
 */
export function parseModel(bytes: Uint8Array, { file }: { readonly file?: string } = {}): Model {
  const contents = parseSafetensors(bytes, { file });
  const { config, heads, card } = parseDescription(contents.metadata[metadataKey], file);
  return { config, heads, card, parameters: collectParameters(config, contents, file) };
}

/** Atomic numbers that a head was trained on. */
export function headElements(head: ModelHead): ReadonlySet<number> {
  return new Set(Object.keys(head.referenceEnergies).map((symbol) => atomicNumber(symbol)));
}

/** Reference energies in eV by atomic number; NaN where there is none. */
export function referenceTable({ referenceEnergies }: ModelHead): Float64Array {
  return Float64Array.from(chemicalSymbols, (symbol) => referenceEnergies[symbol] ?? Number.NaN);
}

/** Index of the head called `name`; the only head when no name is given. */
export function findHead({ heads }: Model, name: string | undefined): number {
  if (name === undefined && heads.length === 1) return 0;
  const index = heads.findIndex((head) => head.name === name);
  if (index >= 0) return index;
  const names = heads.map((head) => head.name).join(', ');
  const found = name === undefined ? 'none was named' : `found "${name}"`;
  throw new LammError('usage', `expected one of the heads ${names}, ${found}`, { expected: names, actual: name });
}

type Description = Pick<Model, 'config' | 'heads' | 'card'>;

function parseDescription(text: string | undefined, file: string | undefined): Description {
  if (text === undefined) {
    throw new LammError(
      'checkpoint',
      'expected a model file of this program, found a safetensors file without its description',
      { file },
    );
  }
  const description: Description & { version: number } = JSON.parse(text);
  if (description.version !== 1 || description.config.kind !== 'painn') {
    const found = `version ${description.version}, kind "${description.config.kind}"`;
    throw new LammError('checkpoint', `expected a painn model of version 1, found ${found}; update the program`, {
      file,
    });
  }
  const unknown = description.heads
    .flatMap((head) => Object.keys(head.referenceEnergies))
    .find((symbol) => !isElementSymbol(symbol));
  if (unknown !== undefined)
    throw new LammError('checkpoint', `a head has a reference energy of "${unknown}", which is no element`, { file });
  return description;
}

function collectParameters(config: ModelConfig, { tensors }: SafeTensorsFile, file: string | undefined): Float32Array {
  const layout = layoutFor(config);
  const parameters = new Float32Array(layout.size);
  for (const { name, shape, offset } of layout.entries) {
    const tensor = tensors.get(name);
    if (tensor === undefined || !(tensor.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
      const found = tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape.join(' x ')}]`;
      throw new LammError('checkpoint', `expected parameter "${name}" as F32 [${shape.join(' x ')}], found ${found}`, {
        file,
      });
    }
    parameters.set(tensor.data, offset);
  }
  return parameters;
}
