import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readChunks, readText } from '../../../src/io/bytes/read-file.js';
import { iterateOc20 } from '../../../src/io/oc20.js';
import { detectFormat, iterateStructures, readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';

// Written by xz 5.4: 200 frames of an OC20-like slab and their text file, and the frames again in blocks of 8 KB.
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/xz/${name}`, import.meta.url));
const frames = readFileSync(fixture('0.extxyz.xz'));
const folder = mkdtempSync(join(tmpdir(), 'lamm-xz-'));
const put = (name: string, data: string | Uint8Array): string => {
  writeFileSync(join(folder, name), data);
  return join(folder, name);
};

describe('reading an xz file', () => {
  it.each(['0.extxyz.xz', 'blocks.extxyz.xz'])('gives the frames of %s', async (name) => {
    const structures = await readStructures(fixture(name));
    expect(structures.map(({ labels }) => labels.energy)).toEqual(
      Array.from({ length: 200 }, (_, frame) => -10.5 + 0.25 * frame),
    );
    expect(structures[7].labels.forces?.[5]).toBe(-0.1);
  });

  it('finds the format by the content under any name, and lets go of a file that has none', async () => {
    await expect(detectFormat(put('noname', readFileSync(fixture('0.txt.xz'))))).rejects.toThrow(/format is not clear/);
    expect(await readStructures(put('noname2', frames), { index: 3 })).toHaveLength(1);
    expect(await readStructures(put('noname2', frames))).toHaveLength(200);
  });

  it('reads a pair of OC20 files as they are published', async () => {
    let frame = 0;
    for await (const { info } of iterateOc20(fixture('0.extxyz.xz')))
      expect(info).toMatchObject({ sid: 'random12', fid: frame++ });
    expect(frame).toBe(200);
  });

  it('lets go of a file that is not read to its end, and reads two at once one after another', async () => {
    for await (const { labels } of iterateStructures(fixture('0.extxyz.xz'))) if (labels.energy === -10) break;
    const both = await Promise.all([readText(fixture('0.extxyz.xz')), readText(fixture('blocks.extxyz.xz'))]);
    expect(both[0]).toBe(both[1]);
  });

  it('reads several files in turn, none of which waits for another one to end', async () => {
    const path = put('long.xz', Buffer.concat(new Array(20).fill(frames)));
    const readers = new Set([1, 2, 3].map(() => ({ chunks: readChunks(path), text: '' })));
    const texts = new Set<string>();
    while (readers.size > 0) {
      for (const reader of readers) {
        const { value, done } = await reader.chunks.next();
        if (!done) reader.text += Buffer.from(value).toString();
        else if (readers.delete(reader)) texts.add(reader.text);
      }
    }
    expect(texts).toEqual(new Set([(await readText(fixture('0.extxyz.xz'))).repeat(20)]));
  });

  it('refuses it cut at any byte, and never takes changed bytes for other frames', async () => {
    const original = await readText(fixture('0.extxyz.xz'));
    const refusal = /damaged\.xz: the xz data are damaged or cut off/;
    const harmless: number[] = [];
    for (let byte = 6; byte < frames.length; byte++) {
      await expect(readText(put('damaged.xz', frames.subarray(0, byte)))).rejects.toThrow(refusal);
      const changed = Buffer.from(frames);
      changed[byte] ^= 0x55;
      const text = await readText(put('damaged.xz', changed)).catch((error: Error) => error.message);
      if (text === original) harmless.push(byte);
      else expect(text).toMatch(refusal);
    }
    expect(harmless).toEqual([30]); // the first byte of the range coder, which says nothing
  });

  it('reads several streams one after another, with the zeros that may stand between and behind them', async () => {
    const text = await readText(fixture('0.extxyz.xz'));
    const path = put('several.xz', Buffer.concat([frames, frames, Buffer.alloc(8), frames, Buffer.alloc(300_000)]));
    expect(await readText(path)).toBe(text.repeat(3));
  });

  it.each([
    ['something else', Buffer.from('junk')],
    ['a stream that is cut off', frames.subarray(0, 400)],
  ])('refuses a stream with %s behind it', async (_, more) => {
    await expect(readText(put('more.xz', Buffer.concat([frames, more])))).rejects.toThrow(/xz data are damaged/);
  });

  it('never holds more than a chunk of what a small file unpacks to', async () => {
    let largest = 0;
    for await (const chunk of readChunks(fixture('0.extxyz.xz'))) largest = Math.max(largest, chunk.length);
    expect(largest).toBeLessThanOrEqual(2 ** 18);
  });

  it('is not written', async () => {
    const [structure] = await readStructures(fixture('0.extxyz.xz'), { index: 0 });
    for (const options of [{}, { format: 'extxyz' }] as const)
      await expect(writeStructures(join(folder, 'w.extxyz.xz'), [structure], options)).rejects.toThrow(
        /xz is only read/,
      );
  });
});
