import { describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { runDataConvertTask } from '../../../src/tasks/data/convert/run.js';
import { runDataInfoTask } from '../../../src/tasks/data/info/run.js';
import { runDataSplitTask } from '../../../src/tasks/data/split/run.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('block', async () => {
  await writeStructures(
    inFolder('all.extxyz'),
    Array.from({ length: 10 }, (_, frame) => rattledCopper(1, { rattle: 0.01 * (frame + 1) })),
  );
});

describe('tasks of data, as a program calls them', () => {
  it('say file by file what is there', async () => {
    const infos = [];
    for await (const info of runDataInfoTask([inFolder('all.extxyz')], { full: true })) infos.push(info);
    expect(infos).toMatchObject([{ kind: 'file', format: 'extxyz', refused: [] }]);
    expect(infos[0].frames).toHaveLength(10);
  });

  it('write in another format, and say what that cannot hold', async () => {
    const out = inFolder('cells.cif');
    const converted = await runDataConvertTask([inFolder('all.extxyz')], { out });
    expect(converted).toMatchObject({ out, format: 'cif', frames: 10, atoms: 40, refused: [] });
    expect(await readStructures(out)).toHaveLength(10);
  });

  it('tell of each part of a split, and refuse parts that are no whole by the key of the setting', async () => {
    const parts = [
      { name: 'a', fraction: 0.8 },
      { name: 'b', fraction: 0.2 },
    ];
    const run = runDataSplitTask([inFolder('all.extxyz')], { parts, out: inFolder('part.extxyz') });
    const written = [await run.next(), await run.next()].map(({ value }) => value);
    expect(written).toMatchObject([
      { name: 'a', frames: 8, total: 10, out: inFolder('part-a.extxyz') },
      { name: 'b', frames: 2, total: 10, out: inFolder('part-b.extxyz') },
    ]);
    expect(await run.next()).toMatchObject({ done: true, value: { frames: 10, groups: 10, by: 'random' } });
    const half = runDataSplitTask([inFolder('all.extxyz')], { parts: [parts[0]] });
    await expect(half.next()).rejects.toThrow('`parts`: expected fractions whose sum is 1, found 0.8');
  });
});
