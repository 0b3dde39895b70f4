import { voigtOf } from '../../linalg/voigt.js';
import { multiplyRows } from '../../structure/cell.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import { elementOfLabel } from '../element-of-label.js';
import { parseChunks, parseWhole } from '../text/chunk-parser.js';
import { type LineFeed, type LineReader, parserOfLines } from '../text/line-feed.js';
import { atPlace } from '../text/place-error.js';
import type { RunOptions } from '../text/run-steps.js';
import { quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';
import { EspressoConvergence } from './espresso-convergence.js';
import { EspressoMoments } from './espresso-moments.js';
import { bohr, rydberg } from './espresso-units.js';

/**
 * Reads every structure with a converged energy from an output of Quantum ESPRESSO's pw.x, and that of a run for bands,
 * which has no labels.  `labels.energy` and `info.free_energy` are both the total energy marked `!`, which is the free
 * energy of the electrons, in eV; the magnetic moments of the sites, where they are printed, are the column `magmoms`.
 * Steps that did not converge are left out; where they are asked for, their energy is that of the last iteration.  The
 * last step of a run that was cut off has `info.truncated`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseEspressoOutput(text: string, options: RunOptions = {}): Structure[] {
  return parseWhole(parserOfLines(new EspressoReader(), options), text);
}

/** Reads step after step from the chunks of an output of pw.x. */
export function iterateEspressoOutput(
  chunks: AsyncIterable<Uint8Array>,
  options: RunOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(parserOfLines(new EspressoReader(), options), chunks, options.budget);
}

/** Takes one line of a section; returns whether the section goes on. */
type Section = (feed: LineFeed) => boolean;

/** What an energy, forces and stress belong to. */
interface Geometry {
  readonly symbols: readonly string[];
  readonly positions: readonly number[];
  readonly cell: readonly number[];
  readonly fixed?: readonly number[];
}

interface Results {
  energy?: number;
  forces?: Float64Array;
  stress?: Float64Array;
}

const perBohr = rydberg / bohr;
const perCubicBohr = rydberg / bohr ** 3;

class EspressoReader implements LineReader {
  isComplete = false;
  private section: Section | undefined;
  private atomCount: number | undefined;
  /** Lattice parameter in A. */
  private latticeParameter: number | undefined;
  private cell: readonly number[] | undefined;
  private geometry: Geometry | undefined;
  private results: Results = {};
  /** Whether bands were computed from a density that was given, which has no energy. */
  private hasBands = false;
  private readonly convergence = new EspressoConvergence();
  private readonly moments = new EspressoMoments();
  private hasStructure = false;
  /** What the next line must not be. */
  private forbidden: { readonly pattern: RegExp; readonly what: string } | undefined;
  /** The most labels that a step had. */
  private richest = 0;

  get nothing(): string {
    const expected = 'in an output of pw.x';
    if (!this.hasStructure)
      return `expected a structure (crystal axes and the sites of the atoms) ${expected}, found none; the beginning of the output may be missing`;
    if (this.convergence.failures > 0)
      return `expected a converged total energy ("!    total energy") or finished bands ${expected}, found only a cycle that did not converge`;
    return `expected a converged total energy ("!    total energy") or finished bands ${expected}, found a structure alone; the run may still be going on`;
  }

  readLine(feed: LineFeed): Structure | undefined {
    if (this.section !== undefined) {
      if (!this.section(feed)) this.section = undefined;
      return undefined;
    }
    const { text } = feed;
    this.assertNoFurtherRow(feed);
    const start = text.trimStart();
    this.moments.take(feed, start);
    this.convergence.take(feed, start);
    if (start.startsWith('!') && start.includes('total energy'))
      this.results = { ...this.results, energy: feed.numberAfter('=') * rydberg };
    else if (start.startsWith('Forces acting on atoms')) this.openForces(feed);
    else if (start.startsWith('total   stress')) this.openStress();
    else if (start.startsWith('number of atoms/cell')) this.atomCount = feed.numberAfter('=');
    else if (start.startsWith('lattice parameter (')) this.latticeParameter = feed.numberAfter('=') * bohr;
    else if (start.startsWith('celldm(1)=')) this.latticeParameter = feed.numberAfter('celldm(1)=') * bohr;
    else if (start.startsWith('End of band structure calculation')) this.hasBands = true;
    else if (start.startsWith('JOB DONE')) this.isComplete = true;
    else return this.readGeometry(feed, start);
    return undefined;
  }

  finish(feed: LineFeed): Structure | undefined {
    const isCut = !this.isComplete && (this.section !== undefined || Object.keys(this.results).length < this.richest);
    return isCut ? undefined : this.finishStep(feed);
  }

  /** Every line here begins the next geometry. */
  private readGeometry(feed: LineFeed, start: string): Structure | undefined {
    if (start.startsWith('Program PWSCF')) return this.startRun(feed);
    if (start.startsWith('crystal axes:')) return this.openAxes(feed);
    if (start.startsWith('site n.') && /\((?:alat|a_0) units\)/.test(start)) return this.openSites(feed);
    if (isCard(start, 'CELL_PARAMETERS')) return this.openCell(feed, start);
    if (isCard(start, 'ATOMIC_POSITIONS')) return this.openPositions(feed, start);
    return undefined;
  }

  private startRun(feed: LineFeed): Structure | undefined {
    const step = this.finishStep(feed);
    this.isComplete = false;
    this.geometry = this.cell = this.latticeParameter = this.atomCount = undefined;
    return step;
  }

  /** `a(1) = (   0.707107   0.707107   0.000000 )` in lattice parameters */
  private openAxes(feed: LineFeed): Structure | undefined {
    const alat = this.assertLatticeParameter(feed);
    return this.openRows(feed, 3, (next, rows) => {
      const match =
        /^\s*a\(\d\) = \((.*)\)/.exec(next.text) ??
        next.fail(`expected a crystal axis, found ${quote(next.text.trim())}`);
      rows.push(...vectorOf(next, splitWords(match[1])).map((value) => value * alat));
      if (rows.length === 9) this.cell = rows;
    });
  }

  /** `1           Si  tau(   1) = (   0.0000000   0.0000000   0.0000000  )` in lattice parameters */
  private openSites(feed: LineFeed): Structure | undefined {
    const alat = this.assertLatticeParameter(feed);
    const { atomCount, cell } = this.assertHead(feed);
    const symbols: string[] = [];
    return this.openRows(feed, atomCount, (next, rows) => {
      const match =
        /^\s*[\d*]+\s+(\S+)\s+tau\([^)]*\) = \((.*)\)/.exec(next.text) ??
        next.fail(`expected the site of an atom, found ${quote(next.text.trim())}`);
      symbols.push(symbolOf(next, match[1]));
      rows.push(...vectorOf(next, splitWords(match[2])).map((value) => value * alat));
      if (symbols.length === atomCount) {
        this.geometry = { symbols, positions: rows, cell };
        this.forbidden = { pattern: /^\s*[\d*]+\s+\S+\s+tau\(/, what: 'sites' };
      }
    });
  }

  private openCell(feed: LineFeed, title: string): Structure | undefined {
    const unit = this.unitOf(feed, title);
    return this.openRows(feed, 3, (next, rows) => {
      rows.push(...vectorOf(next, splitWords(next.text)).map((value) => value * unit));
      if (rows.length === 9) this.cell = rows;
    });
  }

  /** `Si       0.000000000   0.000000000   0.000000000    0   0   0`, where 0 marks a fixed direction */
  private openPositions(feed: LineFeed, title: string): Structure | undefined {
    const { atomCount, cell } = this.assertHead(feed);
    const isCrystal = /\bcrystal\b/.test(title);
    const unit = isCrystal ? 1 : this.unitOf(feed, title);
    const symbols: string[] = [];
    const fixed: number[] = [];
    return this.openRows(feed, atomCount, (next, rows) => {
      const [label = '', ...words] = splitWords(next.text);
      symbols.push(symbolOf(next, label));
      rows.push(...vectorOf(next, words).map((value) => value * unit));
      fixed.push(...[3, 4, 5].map((index) => Number(words[index] === '0')));
      if (symbols.length < atomCount) return;
      this.forbidden = { pattern: /^ *[A-Z][A-Za-z]?\S*(?: +-?\d+\.\d+){3}(?: +[01]){0,3} *$/, what: 'positions' };
      const positions = isCrystal ? [...multiplyRows(rows, cell)] : rows;
      this.geometry = { symbols, positions, cell, ...(fixed.includes(1) && { fixed }) };
    });
  }

  /** Reads `count` rows of the next geometry; what came before is a step. */
  private openRows(
    feed: LineFeed,
    count: number,
    take: (feed: LineFeed, rows: number[]) => void,
  ): Structure | undefined {
    const step = this.finishStep(feed);
    const rows: number[] = [];
    let row = 0;
    this.section = (next) => {
      if (row === 0 && next.text.trim() === '') return true;
      take(next, rows);
      return ++row < count;
    };
    return step;
  }

  /**
   * `atom    1 type  1   force =     0.00000000    0.00000000    0.00000000` in Ry/bohr; further tables below it hold
   * contributions.
   */
  private openForces(feed: LineFeed): void {
    if (this.atomCount === undefined) feed.fail('expected "number of atoms/cell" above the forces, found none');
    const forces: number[] = [];
    const length = 3 * (this.atomCount ?? 0);
    this.section = (next) => {
      const start = next.text.indexOf('force =');
      if (start < 0 && next.text.trim() === '' && forces.length === 0) return true;
      if (start < 0) next.fail(`expected the force on atom ${forces.length / 3 + 1}, found ${quote(next.text.trim())}`);
      forces.push(...vectorOf(next, splitWords(next.text.slice(start + 7))).map((value) => value * perBohr));
      if (forces.length < length) return true;
      this.forbidden = { pattern: /^ *atom +\d+ +type +\d+ +force =/, what: 'forces' };
      this.results = { ...this.results, forces: Float64Array.from(forces) };
      return false;
    };
  }

  /** Three rows in Ry/bohr^3, positive under pressure, with the same in kbar behind. */
  private openStress(): void {
    const rows: number[] = [];
    this.section = (feed) => {
      rows.push(...vectorOf(feed, splitWords(feed.text)).map((value) => -value * perCubicBohr));
      if (rows.length < 9) return true;
      this.results = { ...this.results, stress: voigtOf(rows) };
      return false;
    };
  }

  /** Behind the last row of a table none may follow: the number of atoms would be wrong. */
  private assertNoFurtherRow(feed: LineFeed): void {
    const { forbidden } = this;
    this.forbidden = undefined;
    if (forbidden?.pattern.test(feed.text))
      feed.fail(`expected ${forbidden.what} of ${this.atomCount} atoms, as "number of atoms/cell" says, found more`);
  }

  private assertLatticeParameter(feed: LineFeed): number {
    return this.latticeParameter ?? feed.fail('expected the lattice parameter above, found none');
  }

  private assertHead(feed: LineFeed): { atomCount: number; cell: readonly number[] } {
    const { atomCount, cell } = this;
    if (atomCount === undefined || !(atomCount >= 1) || !Number.isInteger(atomCount))
      return feed.fail('expected "number of atoms/cell" above the positions');
    return { atomCount, cell: cell ?? feed.fail('expected crystal axes above the positions, found none') };
  }

  /** The unit in `ATOMIC_POSITIONS (angstrom)` or `CELL_PARAMETERS (alat=  7.25577300)`, in A. */
  private unitOf(feed: LineFeed, title: string): number {
    const unit = title.replace(/^[A-Z_]+/, '').trim();
    const [, alat] = /^[({]?\s*alat\s*=\s*([^\s)}]*)/.exec(unit) ?? [];
    if (alat !== undefined) return feed.toNumber(alat, 'the lattice parameter') * bohr;
    if (/^[({]?\s*alat\b/.test(unit)) return this.assertLatticeParameter(feed);
    if (/^[({]?\s*bohr\b/.test(unit)) return bohr;
    return /^[({]?\s*angstrom\b/.test(unit)
      ? 1
      : feed.fail(`expected the unit alat, bohr, angstrom or crystal, found ${quote(unit)}`);
  }

  private finishStep(feed: LineFeed): Structure | undefined {
    const { geometry, hasBands } = this;
    const { isUnconverged, lastEnergy } = this.convergence.finishStep();
    const results = { ...(isUnconverged && lastEnergy !== undefined && { energy: lastEnergy }), ...this.results };
    const { energy } = results;
    const arrays = { ...this.moments.finish(this.atomCount ?? 0) };
    this.results = {};
    this.hasBands = false;
    this.hasStructure ||= geometry !== undefined;
    if (geometry === undefined || (energy === undefined && !hasBands)) return undefined;
    this.geometry = undefined;
    this.richest = Math.max(this.richest, Object.keys(results).length);
    const input = {
      ...geometry,
      labels: results,
      ...(energy !== undefined && { info: { free_energy: energy, ...(isUnconverged && { unconverged: true }) } }),
      arrays,
    };
    return atPlace({ file: feed.file, line: feed.line }, () => createStructure(input));
  }
}

/** Warnings about the input begin with the name of a card and a colon: `ATOMIC_POSITIONS: units set to alat`. */
function isCard(start: string, name: string): boolean {
  return start.startsWith(name) && start[name.length] !== ':';
}

function vectorOf(feed: LineFeed, words: readonly string[]): number[] {
  return [0, 1, 2].map((index) => feed.toNumber(words[index]?.replace(/\)$/, ''), 'three numbers'));
}

function symbolOf(feed: LineFeed, label: string): string {
  return atPlace({ file: feed.file, line: feed.line }, () => elementOfLabel(label));
}
