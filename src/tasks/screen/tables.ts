import { allEnded } from '../../all-ended.js';
import { type AtomicFile, createAtomicFile } from '../../io/bytes/atomic-file.js';
import { createParquet } from '../../io/parquet.js';
import { columns, csvHeader, formatCsvRow, type RankedRow } from './row.js';

/** Writes rows into a file in one of the formats. */
interface RowWriter {
  add(rows: readonly RankedRow[]): Promise<void>;
  /** Writes what is left. */
  finish(): Promise<void>;
}

const formats: Readonly<Record<string, (file: AtomicFile) => RowWriter>> = {
  'results.jsonl': (file) => textWriter(file, (row) => `${JSON.stringify(row)}\n`),
  'results.csv': (file) => textWriter(file, formatCsvRow, csvHeader),
  'results.parquet': parquetWriter,
};

/** Names of the tables of all rows. */
export const tableNames: readonly string[] = Object.keys(formats);

/** All rows in each of the formats.  Disposed before they are kept, the tables leave nothing behind. */
export interface Tables extends AsyncDisposable {
  add(rows: readonly RankedRow[]): Promise<void>;
  /** Puts the tables in their places, each as a whole. */
  keep(): Promise<void>;
}

/** Begins the tables at the paths of their names: all of them are written in one pass through the rows. */
export async function createTables(pathOf: (name: string) => string): Promise<Tables> {
  const files: AtomicFile[] = [];
  const dispose = async () => {
    for (const file of files) await file[Symbol.asyncDispose]();
  };
  try {
    for (const name of tableNames) files.push(await createAtomicFile(pathOf(name)));
  } catch (error) {
    await dispose();
    throw error;
  }
  const writers = Object.values(formats).map((begin, index) => begin(files[index]));
  return {
    async add(rows) {
      for (const writer of writers) await writer.add(rows);
    },
    async keep() {
      for (const writer of writers) await writer.finish();
      await allEnded(files.map((file) => file.keep()));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Characters that are written at once: a call of the file system for each row would take longer than the rest. */
const blockLength = 1 << 16;

/** The texts of all rows behind `head`. */
function textWriter(file: AtomicFile, format: (row: RankedRow) => string, head = ''): RowWriter {
  let block = head;

  async function flush(): Promise<void> {
    const full = block;
    block = '';
    await file.write(full);
  }

  return {
    async add(rows) {
      for (const row of rows) {
        block += format(row);
        if (block.length >= blockLength) await flush();
      }
    },
    finish: flush,
  };
}

function parquetWriter(file: AtomicFile): RowWriter {
  const parquet = createParquet(columns);
  return {
    async add(rows) {
      for (const row of rows) {
        const group = parquet.add(row);
        if (group !== undefined) await file.write(await group);
      }
    },
    finish: async () => file.write(await parquet.finish()),
  };
}
