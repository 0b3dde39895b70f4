import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';

/** What a column holds; any of its values may be absent. */
export type ColumnType = keyof typeof types;

const types = { text: 'STRING', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** Rows that are held and written together. */
const groupRows = 20_000;

/**
 * The bytes of a Parquet file with the named columns of rows, packed with Snappy; in memory there is one group of rows.
 */
export async function* formatParquet<Name extends string>(
  columns: Readonly<Record<Name, ColumnType>>,
  rows: AsyncIterable<Readonly<Partial<Record<NoInfer<Name>, string | number | boolean>>>>,
): AsyncGenerator<Uint8Array> {
  const names = Object.keys(columns) as Name[]; // a record's keys
  const columnsOf = (group: readonly Readonly<Partial<Record<Name, unknown>>>[]): ColumnSource[] =>
    names.map((name) => ({
      name,
      type: types[columns[name]],
      nullable: true,
      data: group.map((row) => row[name] ?? null),
    }));
  const writer = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columnsOf([]) });
  const file = new ParquetWriter({ writer, schema, createdBy: 'lamm' });
  let group: Readonly<Partial<Record<Name, unknown>>>[] = [];
  for await (const row of rows) {
    if (group.push(row) < groupRows) continue;
    await file.write({ columnData: columnsOf(group), rowGroupSize: groupRows });
    group = [];
    yield takeBytes(writer);
  }
  if (group.length > 0) await file.write({ columnData: columnsOf(group), rowGroupSize: groupRows });
  await file.finish();
  yield takeBytes(writer);
}

/** What was written since the last call. */
function takeBytes(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}
