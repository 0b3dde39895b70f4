import { countOf } from '../../count-of.js';
import { atomicMasses, atomicNumber } from '../../elements.js';
import { voigtOf } from '../../linalg/voigt.js';
import { createStructure, type Pbc, type Structure } from '../../structure/structure.js';
import { bar, bohr, GPa, hartree } from '../../units.js';
import { parseChunks, parseWhole } from '../text/chunk-parser.js';
import { type LineFeed, type LineReader, parserOfLines } from '../text/line-feed.js';
import { atPlace } from '../text/place-error.js';
import type { RunOptions } from '../text/run-steps.js';
import { quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';

/**
 * Reads the structures with an energy from an output of CP2K, forces and stress where they are printed.  CP2K prints
 * the coordinates of the first step alone: later steps of a relaxation or simulation, whose coordinates stand in
 * another file, are not given, and counted. Steps that did not converge are left out.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseCp2kOutput(text: string, options: RunOptions = {}): Structure[] {
  return parseWhole(parserOfLines(new Cp2kReader(), options), text);
}

/** Reads step after step from the chunks of an output of CP2K. */
export function iterateCp2kOutput(
  chunks: AsyncIterable<Uint8Array>,
  options: RunOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(parserOfLines(new Cp2kReader(), options), chunks, options.budget);
}

/** Takes one line of a section; returns whether the section goes on. */
type Section = (feed: LineFeed) => boolean;

interface Atoms {
  readonly numbers: readonly number[];
  /** A, flat. */
  readonly positions: readonly number[];
  /** In amu, where some are not those of the elements. */
  readonly masses?: readonly number[];
}

/** CP2K prints masses with four decimals, and those of its own table may be a little different. */
const massTolerance = 0.1;

interface Results {
  energy?: number;
  isUnconverged?: boolean;
  /**
   * Lattice vectors (A) that stood above the energy: those of the next step are printed before this one is finished.
   */
  cell?: readonly (number[] | undefined)[];
  forces?: Float64Array;
  stress?: Float64Array;
}

class Cp2kReader implements LineReader {
  isComplete = false;
  private energyCount = 0;
  /** Energies whose coordinates are not printed. */
  private bareEnergies = 0;
  private isUnconverged = false;
  private section: Section | undefined;
  private readonly cell = new Map<string, number[]>();
  private pbc: Pbc = [true, true, true];
  /** Whether the cell changes in the run, so that each step needs its own. */
  private isCellMoving = false;
  private atoms: Atoms | undefined;
  private results: Results = {};

  get nothing(): string {
    return this.energyCount > 0
      ? 'expected atomic coordinates in the output, found only energies; CP2K writes the coordinates to a file such as PROJECT-pos-1.xyz'
      : 'expected atomic coordinates and a total energy ("ENERGY| Total FORCE_EVAL") in an output of CP2K, found none';
  }

  get notices(): string[] {
    if (this.bareEnergies === 0) return [];
    const reason = 'CP2K prints those of the first step alone, PROJECT-pos-1.xyz has the others';
    return [
      `left out: ${countOf(this.bareEnergies, 'further step')} whose coordinates are not printed here (${reason})`,
    ];
  }

  readLine(feed: LineFeed): Structure | undefined {
    if (this.section !== undefined) {
      if (!this.section(feed)) this.section = undefined;
      return undefined;
    }
    const start = feed.text.trimStart();
    if (start === '') return undefined;
    if (start.startsWith('CELL| ')) this.readCell(feed, start);
    else if (/^GLOBAL\| Run type\s+CELL_OPT|^MD\|? Ensemble Type\s+NPT/i.test(start)) this.isCellMoving = true;
    else if (start.startsWith('ENERGY| Total FORCE_EVAL')) return this.readEnergy(feed);
    else if (start.startsWith('ATOMIC FORCES in [a.u.]') || start.startsWith('FORCES| Atomic forces'))
      this.openForces();
    else if (start.startsWith('STRESS TENSOR [') || start.startsWith('STRESS| Analytical stress tensor ['))
      this.openStress(feed, start);
    else if (/^MODULE (?:QUICKSTEP|\w+):\s+ATOMIC COORDINATES IN ANGSTROM/i.test(start)) return this.openAtoms(feed);
    else if (/SCF run NOT converged|outer SCF loop FAILED to converge/i.test(start)) this.isUnconverged = true;
    else if (/SCF run converged|outer SCF loop converged/i.test(start)) this.isUnconverged = false;
    else if (start.includes('PROGRAM STARTED AT')) return this.startRun(feed);
    else if (start.includes('PROGRAM ENDED AT')) this.isComplete = true;
    return undefined;
  }

  finish(feed: LineFeed): Structure | undefined {
    return this.section === undefined ? this.finishStep(feed) : undefined;
  }

  private startRun(feed: LineFeed): Structure | undefined {
    const step = this.finishStep(feed);
    this.isComplete = false;
    this.atoms = undefined;
    this.cell.clear();
    this.pbc = [true, true, true];
    this.isCellMoving = false;
    return step;
  }

  /** `CELL| Vector a [angstrom]:       5.038     0.000     0.000    |a| =       5.038` */
  private readCell(feed: LineFeed, start: string): void {
    const [, periodic] = /^CELL\| Periodicity\s+([XYZ]{1,3}|NONE)\s*$/.exec(start) ?? [];
    if (periodic !== undefined) this.pbc = pbcOf(periodic);
    const [, name, components, length] =
      /^CELL\| Vector ([abc]) \[angstrom\]?:?(.*?)\|[abc]\|\s*=\s*(\S+)/.exec(start) ?? [];
    if (name === undefined) return;
    const vector = splitWords(components).map((word) => feed.toNumber(word, 'a component of a lattice vector'));
    if (vector.length !== 3) feed.fail(`expected three components of lattice vector ${name}, found ${vector.length}`);
    this.cell.set(name, withLength(vector, length, feed.toNumber(length, 'the length of a lattice vector')));
  }

  private readEnergy(feed: LineFeed): Structure | undefined {
    const step = this.finishStep(feed);
    this.energyCount++;
    const energy = feed.toNumber(splitWords(feed.text).at(-1), 'the total energy') * hartree;
    const isUnconverged = this.isUnconverged;
    this.results = { energy, isUnconverged, cell: ['a', 'b', 'c'].map((name) => this.cell.get(name)) };
    this.isUnconverged = false;
    if (this.atoms !== undefined && this.isCellMoving) this.cell.clear();
    return step;
  }

  /**
   * `1     1 Fe  26    0.000000    0.000000    1.992808     16.00      55.8450`, below a title and empty lines, above
   * an empty line
   */
  private openAtoms(feed: LineFeed): Structure | undefined {
    const step = this.finishStep(feed);
    const numbers: number[] = [];
    const positions: number[] = [];
    const masses: number[] = [];
    this.section = (next) => {
      const [index, , element, , ...words] = splitWords(next.text);
      if (numbers.length === 0 && !/^\d+$/.test(index ?? '')) {
        return (
          index === undefined ||
          /^Atom$/i.test(index) ||
          next.fail(`expected the first atom, found ${quote(next.text.trim())}`)
        );
      }
      if (index === undefined) {
        const areOwn = masses.some((mass, atom) => Math.abs(mass - atomicMasses[numbers[atom]]) > massTolerance);
        this.atoms = { numbers, positions, ...(areOwn && { masses }) };
        return false;
      }
      if (Number(index) !== numbers.length + 1)
        next.fail(`expected atom ${numbers.length + 1}, found ${quote(next.text.trim())}`);
      numbers.push(atPlace({ file: next.file, line: next.line }, () => atomicNumber(element ?? '')));
      positions.push(...[0, 1, 2].map((axis) => next.toNumber(words[axis], 'three coordinates')));
      masses.push(
        words[4] === undefined ? atomicMasses[numbers[numbers.length - 1]] : next.toNumber(words[4], 'a mass'),
      );
      return true;
    };
    return step;
  }

  /**
   * `1      1      H          -0.00533566     0.00916476    -0.00265874`, newer `FORCES|      1 -5.33566E-03 ...`, up
   * to the sum
   */
  private openForces(): void {
    const forces: number[] = [];
    this.section = (feed) => {
      const isNew = feed.text.trimStart().startsWith('FORCES|');
      const words = splitWords(isNew ? feed.text.slice(feed.text.indexOf('|') + 1) : feed.text);
      if (words[0] === undefined || words[0] === '#' || /^atom$/i.test(words[0])) return true;
      if (/^sum$/i.test(words[0])) {
        if (this.atoms && forces.length !== this.atoms.positions.length)
          feed.fail(`expected forces on ${this.atoms.numbers.length} atoms, found ${forces.length / 3}`);
        this.results = { ...this.results, forces: Float64Array.from(forces) };
        return false;
      }
      if (Number(words[0]) !== forces.length / 3 + 1)
        feed.fail(`expected the force on atom ${forces.length / 3 + 1}, found ${quote(feed.text.trim())}`);
      const first = isNew ? 1 : 3;
      forces.push(
        ...[0, 1, 2].map(
          (axis) => (feed.toNumber(words[first + axis], 'three components of a force') * hartree) / bohr,
        ),
      );
      return true;
    };
  }

  /** Rows X, Y, Z, positive under pressure. */
  private openStress(feed: LineFeed, title: string): void {
    const [, name] = /\[(\w+)\]/.exec(title) ?? [];
    const unit = { GPa, bar }[name ?? ''] ?? feed.fail(`expected the stress in GPa or bar, found ${quote(name ?? '')}`);
    const rows: number[] = [];
    this.section = (next) => {
      const words = splitWords(next.text.replace('STRESS|', ' '));
      if (words[0] === undefined || (/^x$/i.test(words[0]) && /^y$/i.test(words[1] ?? ''))) return true;
      if (words[0].toLowerCase() !== 'xyz'[rows.length / 3])
        next.fail(`expected row ${rows.length / 3 + 1} of the stress, found ${quote(next.text.trim())}`);
      rows.push(...[1, 2, 3].map((index) => -next.toNumber(words[index], 'three components of the stress') * unit));
      if (rows.length < 9) return true;
      this.results = { ...this.results, stress: voigtOf(rows) };
      return false;
    };
  }

  /** Gives the atoms with their results, once: the energies that follow belong to coordinates that are not printed. */
  private finishStep(feed: LineFeed): Structure | undefined {
    const { atoms } = this;
    const { cell = [], isUnconverged, ...labels } = this.results;
    this.results = {};
    if (atoms === undefined && labels.energy !== undefined) this.bareEnergies++;
    if (atoms === undefined || labels.energy === undefined) return undefined;
    this.atoms = undefined;
    if (cell.includes(undefined)) feed.fail('expected the lines "CELL| Vector a, b, c" above the step, found none');
    const info = { ...(isUnconverged && { unconverged: true }) };
    const input = { ...atoms, cell: cell.flatMap((vector) => vector ?? []), pbc: this.pbc, labels, info };
    return atPlace({ file: feed.file, line: feed.line }, () => createStructure(input));
  }
}

/** Newer versions print the length of a vector with more digits than its components. */
function withLength(vector: number[], word: string, length: number): number[] {
  const decimals = word.length - word.indexOf('.') - 1;
  const norm = Math.hypot(...vector);
  return decimals <= 3 || norm === 0 ? vector : vector.map((value) => (value * length) / norm);
}

/** `XYZ`, `XZ`, `NONE` */
export function pbcOf(directions: string): Pbc {
  return [directions.includes('X'), directions.includes('Y'), directions.includes('Z')];
}
