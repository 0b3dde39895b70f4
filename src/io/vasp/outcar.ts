import { adoptStructure, type Structure } from '../../structure/structure.js';
import { bar } from '../../units.js';
import { parseChunks, parseWhole, type StreamOptions } from '../text/chunk-parser.js';
import { type LineFeed, type LineReader, parserOfLines } from '../text/line-feed.js';
import { atPlace } from '../text/place-error.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { GrowingRows } from './growing-rows.js';
import { OutcarMoments } from './outcar-moments.js';
import { OutcarSpecies } from './outcar-species.js';

/**
 * Reads every complete ionic step of a VASP OUTCAR: `labels.energy` is energy(sigma->0), `info.free_energy` is TOTEN, both in eV; the
 * magnetic moments of the ions, where they are printed, are the column `magmoms`.
 * Steps of a machine-learned force field among them are left out.  A run without its closing lines marks its last step with
 * `info.truncated`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseOutcar(text: string, { file }: { readonly file?: string } = {}): Structure[] {
  return parseWhole(parserOfLines(new OutcarReader(), file), text);
}

/** Reads step after step from the chunks of an OUTCAR, holding little more than one step in memory. */
export function iterateOutcar(
  chunks: AsyncIterable<Uint8Array>,
  { file, budget }: StreamOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(parserOfLines(new OutcarReader(), file), chunks, budget);
}

/** Takes one line of a section; returns whether the section goes on. */
type Section = (feed: LineFeed) => boolean;

/** What has been read of an ionic step; VASP 5.2 prints the energy first, later versions print it last. */
interface Step {
  cell?: Float64Array;
  stress?: Float64Array;
  positions?: Float64Array;
  forces?: Float64Array;
  freeEnergy?: number;
  energy?: number;
}

const kilobar = 1000 * bar;

class OutcarReader implements LineReader {
  isComplete = false;
  private machineLearnedSteps = 0;
  private species = new OutcarSpecies();
  private moments = new OutcarMoments();
  private step: Step = {};
  private section: Section | undefined;
  private readonly markers = byFirstByte([
    ['vasp.', () => this.startRun()],
    ['TITEL', (feed) => this.species.takeTitle(feed)],
    ['VRHFIN', (feed) => this.species.takeShell(feed)],
    ['POTCAR:', (feed) => this.species.takePotcar(feed)],
    ['number of dos', (feed) => this.species.takeCount(feed)],
    ['ions per type', (feed) => this.open((next) => this.species.takeCounts(next), feed)],
    ['NGX,Y,Z ', (feed) => this.species.assertRead(feed)],
    ['direct lattice vectors', () => this.openLattice()],
    ['in kB', (feed) => this.readStress(feed)],
    ['magnetization (', (feed) => this.openMoments(feed)],
    ['POSITION ', (feed) => this.openPositions(feed)],
    ['FREE ENERGIE OF THE ION-ELECTRON SYSTEM', (feed) => this.openEnergy(feed)],
    ['ML FREE ENERGIE', () => this.dropMachineLearned()],
    ['General timing and accounting', () => this.endRun()],
  ]);

  get nothing(): string {
    return this.machineLearnedSteps > 0
      ? `expected a step from first principles, found only ${this.machineLearnedSteps} of a machine-learned force field`
      : 'expected at least one complete ionic step (positions, forces and energy) of a VASP run, found none';
  }

  readLine(feed: LineFeed): Structure | undefined {
    if (this.section !== undefined) {
      if (!this.section(feed)) this.section = undefined;
    } else {
      this.dispatch(feed);
    }
    const { positions, energy } = this.step;
    return positions !== undefined && energy !== undefined && this.section === undefined
      ? this.finishStep(feed)
      : undefined;
  }

  finish(): undefined {
    return undefined; // what is left is not complete
  }

  private dispatch(feed: LineFeed): void {
    const start = feed.indent;
    const candidates = this.markers[feed.bytes[start]];
    if (candidates === undefined) return;
    for (const { marker, take } of candidates) {
      if (feed.end - start < marker.length || marker.compare(feed.bytes, start, start + marker.length) !== 0) continue;
      take(feed);
      return;
    }
  }

  private open(section: Section, feed: LineFeed): void {
    if (section(feed)) this.section = section;
  }

  private startRun(): void {
    this.species = new OutcarSpecies();
    this.moments = new OutcarMoments();
    this.step = {};
    this.isComplete = false;
  }

  private endRun(): void {
    this.isComplete = true;
  }

  private dropMachineLearned(): void {
    this.machineLearnedSteps++;
    this.moments.take();
    this.step = { ...(this.step.cell && { cell: this.step.cell }) };
  }

  private openLattice(): void {
    const cell = new Float64Array(9);
    let row = 0;
    this.section = (feed) => {
      readFields(feed, cell, { offset: 3 * row, count: 3, ...latticeFields, what: `lattice vector ${row + 1}` });
      row++;
      if (row < 3) return true;
      this.step.cell = cell;
      return false;
    };
  }

  /** `in kB` xx yy zz xy yz zx, positive under pressure. */
  private readStress(feed: LineFeed): void {
    const kB = new Float64Array(6);
    readFields(feed, kB, { offset: 0, count: 6, ...stressFields, what: 'the stress in kB' });
    const [xx, yy, zz, xy, yz, zx] = kB.map((value) => -value * kilobar);
    this.step.stress = Float64Array.of(xx, yy, zz, yz, zx, xy);
  }

  private openMoments(feed: LineFeed): void {
    this.section = this.moments.openTable(feed, this.species.assertRead(feed).length);
  }

  private openPositions(feed: LineFeed): void {
    const { text } = feed;
    if (!text.includes('TOTAL-FORCE') || text.trimEnd().endsWith('(ML)')) return;
    if (this.step.positions !== undefined)
      feed.fail('expected the energy of the step above, found the positions of the next step');
    const numbers = this.species.assertRead(feed);
    const [positions, forces] = [new GrowingRows(), new GrowingRows()];
    const row = new Float64Array(6);
    let line = -1;
    this.section = (next) => {
      const isRule = next.bytes[next.indent] === dash && next.text.includes('-----');
      if (line++ < 0) return isRule || next.fail(`expected a line of dashes below POSITION, found ${quote(next.text)}`);
      if (line <= numbers.length) {
        readFields(next, row, {
          offset: 0,
          count: 6,
          ...positionFields,
          what: `the position and force of ion ${line} of ${numbers.length}`,
        });
        positions.push(row, 0);
        forces.push(row, 3);
        return true;
      }
      if (!isRule) next.fail(`expected a line of dashes after ${numbers.length} ions, found ${quote(next.text)}`);
      this.step.positions = positions.values();
      this.step.forces = forces.values();
      return false;
    };
  }

  private openEnergy(feed: LineFeed): void {
    if (this.step.energy !== undefined)
      feed.fail('expected the positions of the step above, found the energy of the next step');
    let line = 0;
    this.section = (next) => {
      if (next.text.includes('TOTEN')) this.step.freeEnergy = next.numberAfter('TOTEN  =');
      if (next.text.includes('energy(sigma->0)')) {
        if (this.step.freeEnergy === undefined)
          next.fail('expected the line "free  energy   TOTEN  =" above energy(sigma->0), found none');
        this.step.energy = next.numberAfter('energy(sigma->0) =');
        return false;
      }
      return ++line < 6 || next.fail('expected "energy(sigma->0) =" below FREE ENERGIE, found none');
    };
  }

  private finishStep(feed: LineFeed): Structure {
    const { positions = [], forces, stress, energy, freeEnergy = 0, cell } = this.step;
    if (cell === undefined) feed.fail('expected "direct lattice vectors" above the step, found none');
    this.step = { ...(cell && { cell }) };
    return atPlace({ file: feed.file, line: feed.line }, () =>
      adoptStructure({
        numbers: this.species.assertRead(feed).slice(),
        positions,
        cell: cell?.slice() ?? [],
        labels: { ...(energy !== undefined && { energy }), ...(forces && { forces }), ...(stress && { stress }) },
        info: { free_energy: freeEnergy },
        arrays: { ...this.moments.take() },
      }),
    );
  }
}

const dash = 45;

/** Fortran's fields of a row: what stands before them, and their widths. */
interface Fields {
  readonly indent: number;
  readonly widths: readonly number[];
}

const latticeFields: Fields = { indent: 3, widths: [13, 13, 13] };
const stressFields: Fields = { indent: 9, widths: [12, 12, 12, 12, 12, 12] };
const positionFields: Fields = { indent: 0, widths: [13, 13, 13, 17, 14, 14] };

/** Reads the numbers of a row; where they run into one another, by the columns of their fields. */
function readFields(
  feed: LineFeed,
  values: Float64Array,
  { offset, count, indent, widths, what }: Fields & { offset: number; count: number; what: string },
): void {
  const position = feed.indent + (feed.bytes[feed.indent] === 105 ? 5 : 0); // behind "in kB"
  if (feed.readNumbers(values, offset, { position, count }) === count) return;
  let start = indent;
  for (const [index, width] of widths.entries()) {
    const field = feed.text.slice(start, start + width);
    const value = field.length === width ? parseNumber(field.trim()) : Number.NaN;
    if (!Number.isFinite(value)) feed.fail(`expected ${count} numbers for ${what}, found ${quote(feed.text.trim())}`);
    values[offset + index] = value;
    start += width;
  }
}

type Marker = { readonly marker: Buffer; readonly take: (feed: LineFeed) => void };

/** Sorts markers by their first byte, the only one that most lines are looked at. */
function byFirstByte(
  markers: readonly (readonly [string, (feed: LineFeed) => void])[],
): readonly (readonly Marker[] | undefined)[] {
  const table: Marker[][] = [];
  for (const [word, take] of markers) {
    const marker = Buffer.from(word);
    table[marker[0]] = [...(table[marker[0]] ?? []), { marker, take }];
  }
  return Array.from({ length: 256 }, (_, byte) => table[byte]);
}
