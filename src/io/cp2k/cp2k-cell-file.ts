import { LammError } from '../../errors.js';
import { cellVolume } from '../../structure/cell.js';
import { readChunks } from '../bytes/read-file.js';
import { unitFactor } from '../declared-units.js';
import { LineFeed } from '../text/line-feed.js';
import { quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';

/** The cell of one step. */
interface CellRow {
  readonly step: number;
  /** fs */
  readonly time: number;
  /** Lattice vectors in A, [3 x 3]. */
  readonly cell: Float64Array;
}

/** How far the volume may be from that of the vectors beside it, as a part of it: both are rounded. */
const volumeTolerance = 1e-3;

/** The cells that CP2K writes to `PROJECT-1.cell` for the steps of a run, read as far as they are asked for. */
export class Cp2kCellFile implements AsyncDisposable {
  private readonly rows: AsyncGenerator<CellRow>;
  private row: CellRow | undefined;
  private isTaken = true;

  constructor(readonly file: string) {
    this.rows = readRows(file);
  }

  /**
   * The cell of a step, or undefined where the file has none; steps are asked for in the order of the run.
   *
   * @throws {LammError} `format` for a step at another time, which belongs to another run.
   */
  async cellOf(step: number, time: number | undefined, path: string): Promise<Float64Array | undefined> {
    if (this.isTaken) await this.advance();
    while (this.row !== undefined && this.row.step < step) await this.advance();
    const { row } = this;
    if (row === undefined || row.step !== step) return undefined;
    if (time !== undefined && Math.abs(row.time - time) > 2e-3) {
      const message = `step ${step} is at ${row.time} fs, but at ${time} fs in ${path}; the two files do not belong together: remove or rename one`;
      throw new LammError('format', message, { file: this.file });
    }
    this.isTaken = true;
    return row.cell;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rows.return(undefined);
  }

  private async advance(): Promise<void> {
    this.isTaken = false;
    const next = await this.rows.next();
    this.row = next.done ? undefined : next.value;
  }
}

async function* readRows(file: string): AsyncGenerator<CellRow> {
  const feed = new LineFeed(file);
  let unit = 1;
  for await (const chunk of readChunks(file)) {
    feed.push(chunk);
    while (feed.nextLine()) {
      const text = feed.text.trim();
      if (text.startsWith('#')) unit = unitOf(feed, text);
      else if (text !== '') yield readRow(feed, unit);
    }
  }
}

/** `#   Step   Time [fs]       Ax [Angstrom]       Ay [Angstrom] ...` */
function unitOf(feed: LineFeed, title: string): number {
  const name = /\bAx \[([^\]]*)\]/.exec(title)?.[1] ?? 'angstrom';
  return unitFactor('length', name) ?? feed.fail(`expected the cell in angstrom or bohr, found ${quote(name)}`);
}

/** Step, time, nine components of the vectors, and the volume. */
function readRow(feed: LineFeed, unit: number): CellRow {
  const numbers = splitWords(feed.text).map((word) =>
    feed.toNumber(word, 'a step, its time, nine components and a volume'),
  );
  if (numbers.length !== 12) feed.fail(`expected twelve numbers for the cell of a step, found ${numbers.length}`);
  const [step, time, ...rest] = numbers;
  const cell = Float64Array.from(rest.slice(0, 9), (value) => value * unit);
  const volume = rest[9] * unit ** 3;
  if (!(Math.abs(cellVolume(cell) - volume) <= volumeTolerance * volume))
    feed.fail(`expected vectors that span the volume ${volume}, found ${cellVolume(cell)}`);
  return { step, time, cell };
}
