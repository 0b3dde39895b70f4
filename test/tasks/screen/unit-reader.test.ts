import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createStructure } from '../../../src/structure/structure.js';
import type { Unit } from '../../../src/tasks/screen/inventory.js';
import { createUnitReader, type UnitReader } from '../../../src/tasks/screen/unit-reader.js';
import { useFolder } from '../../helpers/folder.js';

/** Frames that know their number, as their first coordinate. */
const frames = Array.from({ length: 10 }, (_, frame) =>
  formatExtxyz(createStructure({ symbols: ['Cu'], positions: [frame, 0, 0] })),
);

const inFolder = useFolder('test', async () => {
  await writeFile(inFolder('ten.xyz'), frames.join(''));
  await writeFile(inFolder('cut.xyz'), frames.join('').slice(0, -frames[9].length - 10));
});
const unit = (name: string, first: number, count?: number): Unit => ({
  ...{ file: inFolder(name), role: 'candidate', first },
  ...(count !== undefined && { count }),
});

/** What is read: of each frame its number and what is in it, or the reason why not. */
async function read(reader: UnitReader, what: Unit): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const frame of reader.read(what))
    found.push([frame.frame, 'structure' in frame ? frame.structure.positions[0] : String(frame.error)]);
  return found;
}
const numbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => [first + index, first + index]);

describe('a reader of units', () => {
  it('gives the frames of each, forwards and back', async () => {
    await using reader = createUnitReader();
    expect(await read(reader, unit('ten.xyz', 2, 3))).toEqual(numbers(2, 3));
    expect(await read(reader, unit('ten.xyz', 5, 1))).toEqual(numbers(5, 1));
    expect(await read(reader, unit('ten.xyz', 8, 2))).toEqual(numbers(8, 2));
    expect(await read(reader, unit('ten.xyz', 0, 4))).toEqual(numbers(0, 4));
    expect(await read(reader, unit('ten.xyz', 0))).toEqual(numbers(0, 10));
    expect(await read(reader, { ...unit('ten.xyz', 4, 2), indexed: true })).toEqual(numbers(4, 2));
  });

  it('gives an error for every frame that was counted and is not there any more', async () => {
    await using reader = createUnitReader();
    const found = await read(reader, unit('ten.xyz', 8, 4));
    expect(found.slice(0, 2)).toEqual(numbers(8, 2));
    expect(found.slice(2)).toEqual([10, 11].map((frame) => [frame, expect.stringMatching(/fewer frames/)]));
  });

  it('gives the same error for the frames behind damage, and goes on with other files', async () => {
    await using reader = createUnitReader();
    const found = await read(reader, unit('cut.xyz', 6, 3));
    expect(found.slice(0, 2)).toEqual(numbers(6, 2));
    expect(found[2]).toEqual([8, expect.stringMatching(/cut\.xyz/)]);
    expect(await read(reader, unit('cut.xyz', 9, 1))).toEqual([[9, expect.stringMatching(/cut\.xyz/)]]);
    expect(await read(reader, unit('cut.xyz', 1, 2))).toEqual(numbers(1, 2));
    expect(await read(reader, unit('ten.xyz', 1, 2))).toEqual(numbers(1, 2));
  });
});
