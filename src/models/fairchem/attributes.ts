import { type Dict, quote, unfit } from './checkpoint-values.js';

/** @throws {LammError} `checkpoint`, as all below, for an attribute of a model that does not fit. */
export function readPositive(attributes: Dict, key: string, fallback: number): number {
  const value = attributes.get(key) ?? fallback;
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw unfit(`a positive number as ${key}`, quote(value));
}

const maxCount = 100_000;

export function readCount(attributes: Dict, key: string, fallback: number): number {
  const value = readPositive(attributes, key, fallback);
  if (Number.isInteger(value) && value <= maxCount) return value;
  throw unfit(`a whole number up to ${maxCount} as ${key}`, quote(value));
}

export function readFlag(attributes: Dict, key: string, fallback = true): boolean {
  const value = attributes.get(key) ?? fallback;
  if (typeof value === 'boolean') return value;
  throw unfit(`True or False as ${key}`, quote(value));
}
