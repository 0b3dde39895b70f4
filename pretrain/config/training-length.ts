import { z } from 'zod';

/** A length of a training: so many updates of the parameters, or passes through the data. */
export interface TrainingLength {
  readonly count: number;
  readonly unit: 'steps' | 'epochs';
}

const pattern = /^(\d+) ?(step|epoch)s?$/;

/** A setting such as `500 steps` or `40 epochs`, of at least `min`; its value is always written that way. */
export function lengthSchema({ min = 1 } = {}) {
  const error = `expected a number of steps or epochs${min === 0 ? '' : ` of at least ${min}`}, such as "500 steps" or "40 epochs"`;
  return z
    .string({ error })
    .refine((text) => pattern.test(text) && parseLength(text).count >= min, { error })
    .transform((text) => {
      const { count, unit } = parseLength(text);
      return `${count} ${unit}`;
    });
}

/** The length that the value of such a setting says. */
export function parseLength(text: string): TrainingLength {
  const [, count, unit] = pattern.exec(text) ?? [];
  return { count: Number(count), unit: unit === 'epoch' ? 'epochs' : 'steps' };
}
