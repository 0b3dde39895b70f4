import type { Part } from '../../../../pretrain/dataset/load/split.js';
import { invalid, type LammError } from '../../../errors.js';

/** `train=0.9,validation=0.1` */
export function parseParts(text: string): Part[] {
  return text.split(',').map((entry) => {
    const [, name, fraction] = /^([\w.-]+)=(\d*\.?\d+)$/.exec(entry.trim()) ?? [];
    if (name !== undefined && Number(fraction) > 0) return { name, fraction: Number(fraction) };
    throw refusal('name=fraction,name=fraction, such as train=0.9,test=0.1', text);
  });
}

/** @throws {LammError} `usage` for parts that are no division of a whole. */
export function assertParts(parts: readonly Part[]): void {
  const sum = parts.reduce((total, { fraction }) => total + fraction, 0);
  if (Math.abs(sum - 1) > 1e-6) throw refusal('fractions whose sum is 1', Number(sum.toFixed(6)));
  const names = parts.map(({ name }) => name);
  if (new Set(names).size < names.length) throw refusal('a different name for each part', names.join(', '));
  if (parts.length < 2 || parts.length > 100) throw refusal('two parts or more, and at most 100', parts.length);
}

function refusal(expected: string, actual: string | number): LammError {
  return invalid('parts', { expected, actual });
}
