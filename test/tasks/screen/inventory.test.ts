import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listInputFiles } from '../../../src/io/input-files.js';
import { formatExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createStructure } from '../../../src/structure/structure.js';
import { type Chunk, planChunks } from '../../../src/tasks/screen/inventory.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');

const frame = (atoms: number) =>
  formatExtxyz(
    createStructure({
      symbols: Array(atoms).fill('Cu'),
      positions: Array.from({ length: 3 * atoms }, (_, index) => Math.sqrt(index)),
    }),
  );

async function plan(...names: string[]): Promise<Chunk> {
  const chunks: Chunk[] = [];
  const files = listInputFiles(names.map((name) => inFolder(name))).map(
    (file) => ({ ...file, role: 'candidate' }) as const,
  );
  for await (const chunk of planChunks(files, { chunk: 64 })) chunks.push(chunk);
  return chunks.flat();
}

describe('a plan with single frames of files', () => {
  it('has them in the order in which they are named', async () => {
    await writeFile(inFolder('a.xyz'), frame(1).repeat(4));
    await writeFile(inFolder('b.xyz'), frame(2).repeat(2));
    const found = await plan('a.xyz@3', 'b.xyz', 'a.xyz@1', 'a.xyz@-1');
    const place = (name: string, first: number, count: number) => ({
      ...{ file: inFolder(name), role: 'candidate', first, count },
    });
    expect(found).toEqual([place('a.xyz', 2, 1), place('b.xyz', 0, 2), place('a.xyz', 0, 1), place('a.xyz', 3, 1)]);
  });

  it('says of a frame behind damage that it is one, so that its row says why it cannot be read', async () => {
    await writeFile(inFolder('cut.xyz'), frame(1).repeat(3).slice(0, -22));
    expect(await plan('cut.xyz@5', 'cut.xyz@2')).toMatchObject([{ first: 4 }, { first: 1 }]);
    await expect(plan('cut.xyz@-1')).rejects.toThrow(/cut\.xyz/);
  });

  it('finds them in a large file by its index', async () => {
    await writeFile(inFolder('large.xyz'), frame(10_000).repeat(3));
    const [last, first] = await plan('large.xyz@-1', 'large.xyz@1');
    expect([last, first]).toMatchObject([
      { first: 2, count: 1, indexed: true },
      { first: 0, count: 1, indexed: true },
    ]);
    await expect(plan('large.xyz@4')).rejects.toThrow(/expected 1 to 3, found 4/);
  });
});

describe('a plan of many structures', () => {
  const sizes = async (count: number, options: { chunk?: number; relax?: boolean }) => {
    await writeFile(inFolder('many.xyz'), frame(1).repeat(count));
    const [file] = listInputFiles([inFolder('many.xyz')]);
    const found: number[] = [];
    for await (const chunk of planChunks([{ ...file, role: 'candidate' }], options))
      found.push(chunk.reduce((sum, { count: own = 0 }) => sum + own, 0));
    return found;
  };

  it('has chunks that grow from 64 to 256 structures, so that few are shared as well', async () => {
    const found = await sizes(10_000, {});
    expect(found.slice(0, 16)).toEqual(Array(16).fill(64));
    expect(found.slice(0, -1)).toEqual([...found.slice(0, -1)].sort((a, b) => a - b));
    expect(found.at(-2)).toBe(256);
    expect(found.reduce((sum, own) => sum + own, 0)).toBe(10_000);
  });

  it('keeps to the size that is asked for, and to small chunks where structures are relaxed', async () => {
    expect(new Set(await sizes(2000, { chunk: 100 }))).toEqual(new Set([100]));
    expect(await sizes(640 * 4, { relax: true })).toEqual(Array(40).fill(64));
  });

  it('counts the frames of a packed file without reading their rows, also where one of them is damaged', async () => {
    const text = frame(2).repeat(5).replace('Cu 0 1', 'Cu 0 x');
    await writeFile(inFolder('packed.xyz.gz'), gzipSync(text));
    expect(await plan('packed.xyz.gz')).toEqual([
      { file: inFolder('packed.xyz.gz'), role: 'candidate', first: 0, count: 5 },
    ]);
  });
});
