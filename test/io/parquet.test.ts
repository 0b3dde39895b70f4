import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { createParquet } from '../../src/io/parquet.js';

const columns = { name: 'text', count: 'integer', energy: 'number', good: 'boolean', note: 'text' } as const;

function* rowsOf(count: number) {
  for (let index = 0; index < count; index++) {
    yield {
      name: `structure ${index}, "\u00c5"`,
      energy: index === 5 ? -0 : -Math.PI * index,
      ...(index % 3 > 0 && { count: index - 2 ** 31, good: index % 2 === 0 }),
    };
  }
}

async function written(count: number): Promise<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  const parquet = createParquet(columns);
  for (const row of rowsOf(count)) {
    const group = parquet.add(row);
    if (group !== undefined) pieces.push(await group);
  }
  pieces.push(await parquet.finish());
  return new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer();
}

describe('a Parquet file', () => {
  it('holds every value of every row, and what is absent as null', async () => {
    const file = await written(50);
    const expected: unknown[] = [];
    for (const row of rowsOf(50)) expected.push({ count: null, good: null, note: null, ...row });
    expect(await parquetReadObjects({ file })).toEqual(expected);
  });

  it('is written group by group, so that its length does not matter', async () => {
    const file = await written(45_000);
    const { row_groups: groups, num_rows: count } = parquetMetadata(file);
    expect([Number(count), groups.map(({ num_rows: rows }) => Number(rows))]).toEqual([45_000, [20_000, 20_000, 5000]]);
    const [row] = await parquetReadObjects({ file, rowStart: 44_999, rowEnd: 45_000 });
    expect(row).toMatchObject({ energy: -Math.PI * 44_999, name: 'structure 44999, "\u00c5"' });
  });

  it('may have no rows', async () => {
    expect(await parquetReadObjects({ file: await written(0) })).toEqual([]);
  });
});
