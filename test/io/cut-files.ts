import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LammError } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';

type Parse = (text: string, options: { file: string }) => Structure[];

/** The text of a small hand-made file. */
export function readFixture(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/io/${path}`, import.meta.url)), 'utf8');
}

/** The text in chunks of `size` bytes, as a file might come. */
export async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Cuts a text off behind every byte; returns how many steps were read from each piece, an error counting as none. */
export function stepsOfCutFiles(parse: Parse, text: string): number[] {
  const whole = parse(text, { file: 'whole' });
  return Array.from({ length: text.length }, (_, length) => {
    const steps = attempt(parse, text.slice(0, length));
    steps.forEach((step, index) => {
      const rest = { ...step, info: { ...step.info, truncated: undefined } };
      const expected = { ...whole[index], info: { ...whole[index].info, truncated: undefined } };
      if (JSON.stringify(rest) !== JSON.stringify(expected))
        throw new Error(`step ${index} of the file cut at byte ${length} is another one`);
    });
    return steps.length;
  });
}

/** The steps of a text, none when it is refused as it should: with file and line. */
export function attempt(parse: Parse, text: string): Structure[] {
  try {
    const steps = parse(text, { file: 'a file' });
    steps.forEach(assertFinite);
    return steps;
  } catch (error) {
    if (error instanceof LammError && error.details.file === 'a file' && (error.details.line ?? 0) > 0) return [];
    throw error;
  }
}

function assertFinite({ positions, cell, labels, info }: Structure): void {
  const values = [
    ...positions,
    ...cell,
    labels.energy ?? 0,
    ...(labels.forces ?? []),
    ...(labels.stress ?? []),
    Number(info.free_energy ?? 0),
  ];
  if (!values.every(Number.isFinite)) throw new Error(`a value is not finite: ${values}`);
}
