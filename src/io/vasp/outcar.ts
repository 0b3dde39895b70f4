import { countOf } from '../../count-of.js';
import { adoptStructure, type SharedMasses, type Structure } from '../../structure/structure.js';
import { bar } from '../../units.js';
import { parseChunks, parseWhole } from '../text/chunk-parser.js';
import { type LineFeed, type LineReader, parserOfLines } from '../text/line-feed.js';
import { atPlace } from '../text/place-error.js';
import type { RunOptions } from '../text/run-steps.js';
import { quote } from '../text/text-cursor.js';
import { GrowingRows } from './growing-rows.js';
import { latticeFields, positionFields, readFields, stressFields } from './outcar-fields.js';
import { OutcarIterations } from './outcar-iterations.js';
import { OutcarMoments } from './outcar-moments.js';
import { OutcarSpecies } from './outcar-species.js';

/**
 * Reads every complete ionic step of a VASP OUTCAR: `labels.energy` is energy(sigma->0), `info.free_energy` is TOTEN,
 * both in eV; the magnetic moments of the ions, where they are printed, are the column `magmoms`. Left out are steps
 * without positions and forces (NWRITE = 0 or 1 prints those of the first and last step alone), those that did not
 * converge, and those of a machine-learned force field.  A run without its closing lines marks its last step with
 * `info.truncated`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseOutcar(text: string, options: RunOptions = {}): Structure[] {
  return parseWhole(parserOfLines(new OutcarReader(), options), text);
}

/** Reads step after step from the chunks of an OUTCAR, holding little more than one step in memory. */
export function iterateOutcar(
  chunks: AsyncIterable<Uint8Array>,
  options: RunOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(parserOfLines(new OutcarReader(), options), chunks, options.budget);
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
  /** Energies without positions and forces of their own step, and positions without an energy. */
  private halfSteps = 0;
  private iterations = new OutcarIterations();
  /**
   * Which of the two a run without lines of iterations prints first in a step: nothing else says to which step they
   * belong.
   */
  private order: 'positions' | 'energy' | undefined;
  private species = new OutcarSpecies();
  private moments = new OutcarMoments();
  private readonly masses: SharedMasses = {};
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
    ['NELM ', (feed) => this.iterations.takeLimit(feed)],
    ['---', (feed) => this.takeIteration(feed)],
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

  get notices(): string[] {
    const { machineLearnedSteps, halfSteps } = this;
    const reason = 'NWRITE = 0 or 1 prints those of the first and the last step alone';
    return [
      ...(machineLearnedSteps > 0
        ? [`left out: ${countOf(machineLearnedSteps, 'step')} of a machine-learned force field`]
        : []),
      ...(halfSteps > 0 ? [`left out: ${countOf(halfSteps, 'step')} without positions and forces (${reason})`] : []),
    ];
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
    const { positions, energy } = this.step;
    if (this.isComplete && (positions !== undefined || energy !== undefined)) this.halfSteps++;
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
    this.iterations = new OutcarIterations();
    this.order = undefined;
    this.step = {};
    this.isComplete = false;
  }

  /** What stands above the first iteration of a step belongs to the step before. */
  private takeIteration(feed: LineFeed): void {
    if (!this.iterations.take(feed)) return;
    const { cell, positions, energy } = this.step;
    if (positions !== undefined || energy !== undefined) this.halfSteps++;
    this.moments.take();
    this.step = { ...(cell && { cell }) };
  }

  /** Where no line of an iteration parts the steps, those without positions could not be told from others. */
  private assertOrder(feed: LineFeed, first: 'positions' | 'energy'): void {
    if (this.iterations.areGiven) return;
    this.order ??= first;
    if (this.order !== first)
      feed.fail(
        `expected the ${this.order} of a step first, as in the steps above, found its ${first}; a step is not whole, and no line "Iteration" says which`,
      );
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
      if (this.step.energy === undefined) this.assertOrder(next, 'positions');
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
        if (this.step.positions === undefined) this.assertOrder(next, 'energy');
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
      adoptStructure(
        {
          numbers: this.species.assertRead(feed).slice(),
          positions,
          cell: cell?.slice() ?? [],
          labels: { ...(energy !== undefined && { energy }), ...(forces && { forces }), ...(stress && { stress }) },
          info: { free_energy: freeEnergy, ...(this.iterations.finishStep() && { unconverged: true }) },
          arrays: { ...this.moments.take() },
        },
        this.masses,
      ),
    );
  }
}

const dash = 45;

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
