import { z } from 'zod';
import { LammError } from '../errors.js';
import { halfBits, shortFloat } from '../io/bytes/short-float.js';
import { formatSafetensors, parseSafetensors, type SafeTensor, type SafeTensorsFile } from '../io/safetensors.js';
import { parseJson } from '../io/text/json.js';
import { atPlace } from '../io/text/place-error.js';
import { kinds, layoutFor, type ModelConfig, modelSchema } from './kinds.js';
import { cardSchema, headSchema, type Model } from './model.js';
import { type Calibration, calibrationSchema, type HeadUncertainty } from './uncertainty.js';

const metadataKey = 'lamm.model';
const version = 1;

/** What a model file says beside its parameters. */
const descriptionSchema = z
  .strictObject({
    version: z.literal(version),
    config: modelSchema,
    heads: z.array(headSchema).readonly(),
    card: cardSchema,
    /** By name of the head; the rest is in the tensors of `whiteningName`. */
    calibrations: z.record(z.string(), calibrationSchema).optional(),
  })
  .refine(({ config, heads }) => heads.map(({ name }) => name).join('\n') === config.heads.join('\n'), {
    path: ['heads'],
    error: 'expected the heads that config.heads names, in that order',
  });

type Description = z.infer<typeof descriptionSchema>;

/** Tensor of what a head knows of the features of its training. */
function whiteningName(head: string, rows: 'atoms' | 'structures'): string {
  return `uncertainty.${head}.${rows}`;
}

/** The bytes of a model file: safetensors with one tensor per parameter and a JSON description in its metadata. */
export function formatModel({ config, parameters, heads, card, uncertainties = new Map() }: Model): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  for (const { name, shape, offset, size } of layoutFor(config).entries) {
    const data = parameters.slice(offset, offset + size);
    tensors.set(name, card.precision === 'half' ? halfTensor(name, shape, data) : { dtype: 'F32', shape, data });
  }
  for (const [head, { atomWhitening, structureWhitening }] of uncertainties) {
    for (const [rows, data] of [
      ['atoms', atomWhitening],
      ['structures', structureWhitening],
    ] as const) {
      tensors.set(whiteningName(head, rows), { dtype: 'F32', shape: [data.length], data });
    }
  }
  const described = [...uncertainties].map(([head, { calibration }]) => [head, calibration]);
  const calibrations = described.length > 0 ? Object.fromEntries(described) : undefined;
  const description = { version, config, heads, card, calibrations } satisfies Description;
  return formatSafetensors(tensors, { [metadataKey]: JSON.stringify(description) });
}

function halfTensor(name: string, shape: readonly number[], values: Float32Array): SafeTensor {
  const data = Uint16Array.from(values, halfBits);
  if (data.every((bits) => Number.isFinite(shortFloat(bits, 10)))) return { dtype: 'F16', shape, data };
  throw new LammError('checkpoint', `parameter "${name}" is too large for half precision; keep the precision single`);
}

/**
 * Reads a model file.  Nothing is allocated before its description has been checked.
 *
 * @throws {LammError} `format` when the bytes are no safetensors file, `checkpoint` when they are not a model of ours,
 *   its description does not fit, or its parameters are not exactly those that it describes, all of them finite.
 */
export function parseModel(bytes: Uint8Array, { file }: { readonly file?: string } = {}): Model {
  return atPlace({ file }, () => {
    const contents = parseSafetensors(bytes, { file });
    const { config, heads, card, calibrations = {} } = parseDescription(contents.metadata[metadataKey]);
    assertLayers(config, contents);
    const uncertainties = collectUncertainties(calibrations, contents);
    const calibrated = uncertainties.size > 0 && { uncertainties };
    return { config, heads, card, parameters: collectParameters(config, contents), ...calibrated };
  });
}

function parseDescription(text: string | undefined): Description {
  if (text === undefined) {
    throw unfit('a model file of this program', 'a safetensors file without its description');
  }
  const described = readJson(text);
  assertVersion(described);
  const result = descriptionSchema.safeParse(described);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new LammError(
    'checkpoint',
    `the description of the model does not fit: ${[path.join('.'), message].filter(Boolean).join(': ')}`,
  );
}

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new LammError('checkpoint', 'expected the description of a model as JSON, found something else', { cause });
  }
}

/** A newer program may write versions and kinds that this one does not know. */
function assertVersion(described: unknown): void {
  const names = Object.keys(kinds);
  const outer = z
    .looseObject({ version: z.unknown(), config: z.looseObject({ kind: z.unknown() }) })
    .safeParse(described);
  if (!outer.success) throw unfit('a description of a model', 'something else');
  const { version: found, config } = outer.data;
  if (found === version && names.some((name) => name === config.kind)) return;
  throw unfit(
    `a model of version ${version} and of the kind ${names.join(' or ')}`,
    `version ${JSON.stringify(found)}, kind ${JSON.stringify(config.kind)}; update the program`,
  );
}

/** Each layer has parameters: what a file has no tensors for need not be laid out. */
function assertLayers({ layers }: ModelConfig, { tensors }: SafeTensorsFile): void {
  if (layers > tensors.size) throw unfit(`tensors for the ${layers} layers of the model`, `${tensors.size}`);
}

function collectParameters(config: ModelConfig, { tensors }: SafeTensorsFile): Float32Array {
  const layout = layoutFor(config);
  const found = layout.entries.map(({ name, shape }) => {
    const tensor = tensors.get(name);
    const data = tensor?.shape.join() === shape.join() ? floatsOf(tensor) : undefined;
    if (data !== undefined) return data;
    const actual = tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape.join(' x ')}]`;
    throw unfit(`parameter "${name}" as F32 or F16 [${shape.join(' x ')}]`, actual);
  });
  const known = new Set(layout.entries.map(({ name }) => name));
  const unknown = [...tensors.keys()].find((name) => !known.has(name) && !name.startsWith('uncertainty.'));
  if (unknown !== undefined) throw unfit('only parameters that the description knows', `"${unknown}" besides`);
  const parameters = new Float32Array(layout.size);
  for (const [index, { name, offset }] of layout.entries.entries()) {
    if (!found[index].every(Number.isFinite)) throw unfit(`finite numbers in parameter "${name}"`, 'NaN or infinity');
    parameters.set(found[index], offset);
  }
  return parameters;
}

/** Numbers of a parameter; undefined for a type that parameters do not have. */
function floatsOf({ dtype, data }: SafeTensor): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  if (dtype !== 'F16' || !(data instanceof Uint16Array)) return undefined;
  return Float32Array.from(data, (bits) => shortFloat(bits, 10));
}

function collectUncertainties(
  calibrations: Readonly<Record<string, Calibration>>,
  { tensors }: SafeTensorsFile,
): Map<string, HeadUncertainty> {
  const whitening = (head: string, rows: 'atoms' | 'structures') => {
    const name = whiteningName(head, rows);
    const data = tensors.get(name)?.data;
    if (data instanceof Float32Array && data.every(Number.isFinite)) return data;
    throw unfit(`finite numbers in "${name}"`, data === undefined ? 'nothing' : 'something else');
  };
  return new Map(
    Object.entries(calibrations).map(([head, calibration]) => [
      head,
      { calibration, atomWhitening: whitening(head, 'atoms'), structureWhitening: whitening(head, 'structures') },
    ]),
  );
}

function unfit(expected: string, actual: string): LammError {
  return new LammError('checkpoint', `expected ${expected}, found ${actual}`, { expected, actual });
}
