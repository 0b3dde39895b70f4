import { atomicNumber } from '../../elements.js';
import { LammError } from '../../errors.js';
import { completeCell, fractionalToCartesian } from '../../structure/cell.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import { bar } from '../../units.js';
import { atPlace, type Place } from '../place-error.js';
import { parseNumber, quote, TextCursor } from '../text-cursor.js';
import type { XmlHandler, XmlText } from './xml-scanner.js';

const kilobar = 1000 * bar;

/** Elements that hold something; the others are passed over.  A table takes the rows in it. */
const rooms: ReadonlySet<string> = new Set([
  'modeling',
  'modeling/atominfo',
  'modeling/atominfo/array:atoms',
  'modeling/atominfo/array:atoms/set',
  'modeling/atominfo/array:atoms/set/rc',
  'modeling/structure:initialpos',
  'modeling/structure:initialpos/varray:selective',
  'modeling/calculation',
  'modeling/calculation/structure',
  'modeling/calculation/structure/crystal',
  'modeling/calculation/structure/crystal/varray:basis',
  'modeling/calculation/structure/varray:positions',
  'modeling/calculation/varray:forces',
  'modeling/calculation/varray:stress',
  'modeling/calculation/scstep',
  'modeling/calculation/scstep/energy',
  'modeling/calculation/energy',
]);

/** The energies of a step or of one of its electronic steps, as they are written. */
type Energies = Map<string, string>;

/** What has been read of an ionic step. */
interface Step {
  basis?: Float64Array;
  positions?: Float64Array;
  forces?: Float64Array;
  stress?: Float64Array;
  /** Energies of the last electronic step. */
  electronic?: Energies;
  energies?: Energies;
}

/** Gathers the ionic steps of a vasprun.xml from its elements. */
export class VasprunSteps implements XmlHandler {
  private readonly path: string[] = [];
  private readonly done: Structure[] = [];
  private declaredCount: number | undefined;
  private readonly elements: number[] = [];
  private numbers: Uint8Array | undefined;
  private fixed: number[] = [];
  private step: Step = {};
  private rows: number[] = [];
  /** Where the last row of a table stands, or its begin. */
  private table: Place = {};
  private energies: Energies = new Map();
  private columns = 0;
  private readonly row = new Float64Array(3);

  /** `place` tells where the document is being read. */
  constructor(private readonly place: () => Place) {}

  /** The steps that became complete since the last call. */
  take(): Structure[] {
    return this.done.splice(0);
  }

  /** The file has ended, perhaps within a step whose energy is written already. */
  finish(): void {
    if (this.step.energies !== undefined) this.finishStep();
  }

  open(name: string, label: string): boolean {
    const part = ['array', 'varray', 'structure'].includes(name) && label !== '' ? `${name}:${label}` : name;
    const path = this.path.length === 0 ? part : `${this.path.at(-1)}/${part}`;
    if (this.path.length === 0 && name !== 'modeling') this.fail(`expected <modeling> of a vasprun.xml, found <${name}>`);
    if (!rooms.has(path)) return false;
    this.path.push(path);
    this.begin(path);
    return true;
  }

  close(): void {
    const path = this.path.pop();
    switch (path) {
      case 'modeling/atominfo/array:atoms/set':
        return this.finishAtoms();
      case 'modeling/structure:initialpos/varray:selective':
        return this.assertRows('flags of selective dynamics', this.atomCount, this.fixed);
      case 'modeling/calculation/structure/crystal/varray:basis':
        return this.finishBasis();
      case 'modeling/calculation/structure/varray:positions':
        this.step.positions = this.takeRows('positions', this.atomCount);
        return;
      case 'modeling/calculation/varray:forces':
        this.step.forces = this.takeRows('forces', this.atomCount);
        return;
      case 'modeling/calculation/varray:stress':
        this.step.stress = this.takeRows('rows of stress', 3);
        return;
      case 'modeling/calculation/scstep/energy':
        if (this.step.energies === undefined) this.step.electronic = this.energies; // linear response comes behind the energy
        return;
      case 'modeling/calculation/energy':
        this.step.energies = this.energies;
        for (const key of this.energies.keys()) this.energyOf(this.energies, key);
        return;
      case 'modeling/calculation':
        return this.finishStep();
    }
  }

  leaf(name: string, label: string, text: XmlText): void {
    const path = this.path.at(-1) ?? '';
    if (path === '') {
      if (name !== 'modeling') this.fail(`expected <modeling> of a vasprun.xml, found <${name}>`);
    } else if (name === 'v' && path.includes('/varray:')) {
      if (path.endsWith(':selective')) this.takeFlags(text);
      else this.takeRow(text);
    } else if (name === 'i' && path.endsWith('/energy')) {
      this.energies.set(label, textOf(text).trim());
    } else if (name === 'c' && path.endsWith('/rc')) {
      if (this.columns++ === 0) this.takeElement(textOf(text).trim());
    } else if (name === 'atoms' && path.endsWith('/atominfo')) {
      this.declaredCount = this.toCount(textOf(text).trim());
    }
  }

  private fail(message: string, place = this.place()): never {
    throw new LammError('format', message, place);
  }

  private get atomCount(): number {
    return this.numbers?.length ?? this.fail('expected <atominfo> above the first structure, found none');
  }

  private begin(path: string): void {
    if (path.includes('/varray:') || path.endsWith('/set')) this.table = this.place();
    this.rows = [];
    if (path.endsWith('/energy')) this.energies = new Map();
    if (path.endsWith('/rc')) this.columns = 0;
    if (path === 'modeling/calculation') this.step = {};
  }

  private toCount(word: string): number {
    return /^\d{1,9}$/.test(word) ? Number(word) : this.fail(`expected the number of atoms, found ${quote(word)}`);
  }

  private finishBasis(): void {
    const basis = this.takeRows('lattice vectors', 3);
    atPlace(this.table, () => completeCell(basis));
    this.step.basis = basis;
  }

  private takeElement(word: string): void {
    this.table = this.place();
    this.elements.push(atPlace(this.table, () => atomicNumber(shortened[word] ?? word)));
  }

  private finishAtoms(): void {
    this.numbers = Uint8Array.from(this.elements);
    if (this.declaredCount !== undefined && this.declaredCount !== this.elements.length) {
      this.fail(`expected ${this.declaredCount} atoms in the list, as <atoms> says, found ${this.elements.length}`, this.table);
    }
  }

  private takeRow({ bytes, start, end }: XmlText): void {
    const { row } = this;
    this.table = this.place();
    const cursor = new TextCursor(bytes, start);
    const count = cursor.readNumbers(row, 0, 3);
    if (count < 3 || !isBlankBetween(bytes, cursor.position, end)) this.readRowSlowly(textOf({ bytes, start, end }));
    if (this.path.at(-1)?.endsWith(':basis') && row.every((value) => value === 0)) this.fail('a lattice vector is zero');
    this.rows.push(row[0], row[1], row[2]);
  }

  private readRowSlowly(text: string): void {
    const words = text.trim().split(/\s+/);
    const numbers = words.map(parseNumber);
    if (words.length !== 3 || numbers.some((value) => !Number.isFinite(value))) {
      this.fail(`expected three numbers in <v>, found ${quote(text.trim())}`);
    }
    this.row.set(numbers);
  }

  /** `T  T  F`: true for what may move along each lattice vector, taken for the Cartesian directions as in a POSCAR. */
  private takeFlags(text: XmlText): void {
    const flags = textOf(text).trim().split(/\s+/);
    if (flags.length !== 3 || flags.some((flag) => flag !== 'T' && flag !== 'F')) {
      this.fail(`expected three flags T or F, found ${quote(textOf(text).trim())}`);
    }
    this.fixed.push(...flags.map((flag) => Number(flag === 'F')));
  }

  private takeRows(what: string, count: number): Float64Array {
    this.assertRows(what, count, this.rows);
    return Float64Array.from(this.rows);
  }

  private assertRows(what: string, count: number, values: readonly number[]): void {
    if (values.length !== 3 * count) this.fail(`expected ${count} ${what}, found ${values.length / 3}`, this.table);
  }

  private energyOf(energies: Energies, key: string): number {
    const word = energies.get(key);
    const value = parseNumber(word ?? '');
    return Number.isFinite(value) ? value : this.fail(`expected a number for ${key}, found ${word === undefined ? 'none' : quote(word)}`);
  }

  /**
   * VASP 5 writes a wrong e_0_energy for the step, and no van der Waals term for the electronic step: so the difference between
   * energy(sigma->0) and the free energy is taken from the last electronic step.
   */
  private energyAtZeroWidth(energies: Energies, electronic: Energies | undefined): number {
    const freeEnergy = this.energyOf(energies, 'e_fr_energy');
    if (electronic !== undefined) {
      const [energy, total] = [this.energyOf(electronic, 'e_0_energy'), this.energyOf(electronic, 'e_fr_energy')];
      return total === freeEnergy ? energy : freeEnergy + (energy - total);
    }
    const [entropyFree, energy] = [this.energyOf(energies, 'e_wo_entrp'), this.energyOf(energies, 'e_0_energy')];
    const isBetween = (energy - freeEnergy) * (energy - entropyFree) <= 1e-8;
    return isBetween ? energy : this.fail('expected e_0_energy between e_fr_energy and e_wo_entrp, and there is no electronic step to take it from');
  }

  private finishStep(): void {
    const { basis, positions, forces, stress, electronic, energies } = this.step;
    this.step = {};
    if (basis === undefined || positions === undefined) this.fail('expected a structure in <calculation>, found none');
    if (energies === undefined) this.fail('expected <energy> in <calculation>, found none');
    const energy = this.energyAtZeroWidth(energies, electronic);
    const voigt = stress && [0, 4, 8, 5, 2, 1].map((index) => -stress[index] * kilobar);
    const labels = { energy, ...(forces && { forces }), ...(voigt && { stress: Float64Array.from(voigt) }) };
    const input = {
      numbers: this.numbers ?? [],
      positions: fractionalToCartesian(positions, basis),
      cell: basis,
      ...(this.fixed.length > 0 && { fixed: this.fixed }),
      labels,
      info: { free_energy: this.energyOf(energies, 'e_fr_energy') },
    };
    this.done.push(atPlace(this.place(), () => createStructure(input)));
  }
}

/** How some versions of VASP shorten the names of elements. */
const shortened: Readonly<Record<string, string>> = { r: 'Zr', X: 'Xe' };

function textOf({ bytes, start, end }: XmlText): string {
  return bytes.toString('latin1', start, end);
}

function isBlankBetween(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (bytes[index] > 32) return false;
  }
  return start <= end;
}
