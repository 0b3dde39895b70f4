import { LammError } from '../../errors.js';
import { isTorchTensor, type TorchTensor, tensorValues } from '../../io/torch/torch-tensor.js';

/** A Python dict of a checkpoint. */
export type Dict = ReadonlyMap<unknown, unknown>;

/** @throws {LammError} `checkpoint`, as all below, with `what` was expected and what was found. */
export function asDict(value: unknown, what: string): Dict {
  if (value instanceof Map) return value;
  throw unfit(`${what} as a dict, as in a training checkpoint of FAIR-Chem`, quote(value));
}

export function asTensor(value: unknown, name: string): TorchTensor {
  if (isTorchTensor(value)) return value;
  throw unfit(`"${name}" as a tensor`, quote(value));
}

/** A finite number, or a tensor of one. */
export function readNumber(value: unknown, name: string): number {
  const isOne = !isTorchTensor(value) || value.shape.every((size) => size === 1);
  const [number] = isTorchTensor(value) && isOne ? tensorValues(value) : [value];
  if (isOne && typeof number === 'number' && Number.isFinite(number)) return number;
  throw unfit(`one finite number as ${name}`, quote(value));
}

/** A value for a message, shortened. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  return typeof value === 'object' ? 'an object' : String(value).slice(0, 100);
}

export function listNames(names: readonly unknown[]): string {
  const shown = names.slice(0, 5).map(quote).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

export function unfit(expected: string, actual: string): LammError {
  return new LammError('checkpoint', `expected ${expected}, found ${actual}`, { expected, actual });
}
