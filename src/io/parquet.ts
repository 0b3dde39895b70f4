import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';

/** What a column holds; any of its values may be absent. */
export type ColumnType = keyof typeof types;

const types = { text: 'STRING', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** Rows that are held and written together. */
const groupRows = 20_000;

/** A Parquet file as it is made; in memory there is one group of rows. */
export interface ParquetFile<Name extends string> {
  /** Adds a row; once a group is full, gives the bytes that follow those given before. */
  add(row: Readonly<Partial<Record<Name, string | number | boolean>>>): Promise<Uint8Array> | undefined;
  /** The last bytes. */
  finish(): Promise<Uint8Array>;
}

/** Begins a Parquet file with the named columns of rows, packed with Snappy. */
export function createParquet<Name extends string>(columns: Readonly<Record<Name, ColumnType>>): ParquetFile<Name> {
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

  async function writeGroup(): Promise<Uint8Array> {
    const columnData = columnsOf(group);
    group = [];
    await file.write({ columnData, rowGroupSize: groupRows });
    return takeBytes(writer);
  }

  return {
    add: (row) => (group.push(row) < groupRows ? undefined : writeGroup()),
    async finish() {
      if (group.length > 0) await file.write({ columnData: columnsOf(group), rowGroupSize: groupRows });
      await file.finish();
      return takeBytes(writer);
    },
  };
}

/** What was written since the last call. */
function takeBytes(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}
