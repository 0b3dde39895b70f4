import { atomicNumber } from '../../elements.js';
import { voigtOf } from '../../linalg/voigt.js';
import { completeCell, fractionalToCartesian } from '../../structure/cell.js';
import { heldByFlags } from '../../structure/lattice-flags.js';
import { adoptStructure, type SharedMasses, type Structure } from '../../structure/structure.js';
import { bar } from '../../units.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import { type Energies, energyAtZeroWidth, energyOf } from './vasprun-energies.js';
import { failAt, textOf, VasprunTable } from './vasprun-table.js';
import { type XmlHandler, XmlScanner, type XmlText } from './xml-scanner.js';

const kilobar = 1000 * bar;

/** How some versions of VASP shorten the names of elements. */
const shortened: Readonly<Record<string, string>> = { r: 'Zr', X: 'Xe' };

/** What is done in an element that holds something; elements without a room are passed over. */
interface Room {
  /** The rooms in it by the name of their element, with its label where these have one of their own. */
  readonly rooms?: Readonly<Record<string, Room>>;
  readonly begin?: () => void;
  readonly leaf?: (name: string, text: XmlText, label: string) => void;
  /** Takes the three numbers of a `<v>`. */
  readonly row?: (values: Float64Array) => void;
  readonly end?: () => void;
}

/** What has been read of an ionic step. */
interface Step {
  basis?: Float64Array;
  /** Along the lattice vectors. */
  positions?: Float64Array;
  forces?: Float64Array;
  /** kB, positive under pressure. */
  stress?: Float64Array;
  /** Of the last electronic step. */
  electronic?: Energies;
  /** Number of electronic steps. */
  iterations?: number;
  energies?: Energies;
}

/** Gathers the ionic steps of a vasprun.xml from its elements, piece by piece. */
export class VasprunSteps implements XmlHandler {
  /** The document, and where it is being read. */
  readonly reading: XmlScanner;
  /** The rooms that are being read, one in another; the first one holds the root element. */
  private readonly path: Room[] = [this.createRooms()];
  private room = this.path[0];
  private readonly done: Structure[] = [];
  private readonly masses: SharedMasses = {};
  private declaredCount: number | undefined;
  private readonly elements: number[] = [];
  /** The column of a row in the list of atoms. */
  private column = 0;
  private numbers: Uint8Array | undefined;
  /** Of selective dynamics, 1 for each lattice vector that an atom may not move along, [N x 3]. */
  private flags: Uint8Array | undefined;
  private readonly table: VasprunTable;
  private energies = new Map<string, string>();
  private step: Step = {};
  /** NELM: the first one that stands, as that of a linear response follows. */
  private iterationLimit: number | undefined;

  constructor(file: string | undefined) {
    this.reading = new XmlScanner(this, file);
    this.table = new VasprunTable(this.reading);
  }

  /** Takes the bytes that follow; returns the steps that became complete with them. */
  push(chunk: Uint8Array): Structure[] {
    this.reading.push(chunk);
    return this.done.splice(0);
  }

  /** The file has ended, perhaps within a step whose energy is written already. */
  finish(): Structure[] {
    if (this.step.energies !== undefined) this.finishStep();
    return this.done.splice(0);
  }

  open(name: string, label: string): boolean {
    if (this.path.length === 1) this.assertRoot(name);
    const { rooms } = this.room;
    const isLabelled = label !== '' && (name === 'varray' || name === 'array' || name === 'structure');
    const part = isLabelled ? `${name}:${label}` : name;
    if (rooms === undefined || !Object.hasOwn(rooms, part)) return false;
    this.room = rooms[part];
    this.path.push(this.room);
    this.room.begin?.();
    return true;
  }

  close(): void {
    this.room.end?.();
    this.path.pop();
    this.room = this.path[this.path.length - 1];
  }

  get takesLeaves(): boolean {
    return this.room.leaf !== undefined;
  }

  leaf(name: string, label: string, text: XmlText): void {
    if (this.path.length === 1) this.assertRoot(name);
    this.room.leaf?.(name, text, label);
  }

  row(values: Float64Array): boolean {
    this.room.row?.(values);
    return this.room.row !== undefined;
  }

  private assertRoot(name: string): void {
    if (name !== 'modeling') failAt(this.reading, `expected <modeling> of a vasprun.xml, found <${name}>`);
  }

  private createRooms(): Room {
    const atoms: Room = {
      ...this.tableRoom(() => this.finishAtoms()),
      leaf: () => undefined,
      rooms: { rc: { begin: () => this.beginAtom(), leaf: (name, text) => this.takeElement(name, text) } },
    };
    const flags: Room = { ...this.tableRoom(() => this.finishFlags()), leaf: (_, text) => this.table.takeFlags(text) };
    const structure: Room = {
      rooms: {
        crystal: { rooms: { 'varray:basis': this.vectorsRoom(() => this.finishBasis()) } },
        'varray:positions': this.vectorsRoom(() => this.finishTable('positions')),
      },
    };
    const calculation: Room = {
      begin: () => this.beginStep(),
      end: () => this.finishStep(),
      rooms: {
        structure,
        'varray:forces': this.vectorsRoom(() => this.finishTable('forces')),
        'varray:stress': this.vectorsRoom(() => this.finishStress()),
        scstep: { rooms: { energy: this.energyRoom(() => this.finishElectronicStep()) } },
        energy: this.energyRoom(() => this.finishEnergies()),
      },
    };
    const settings: Room = { leaf: (_, text, label) => this.takeLimit(text, label) };
    const modeling: Room = {
      rooms: {
        incar: settings,
        parameters: { ...settings, rooms: { separator: { ...settings, rooms: { separator: settings } } } },
        atominfo: {
          leaf: (name, text) => this.takeAtomCount(name, text),
          rooms: { 'array:atoms': { rooms: { set: atoms } } },
        },
        'structure:initialpos': { rooms: { 'varray:selective': flags } },
        calculation,
      },
    };
    return { rooms: { modeling } };
  }

  private tableRoom(end: () => void): Room {
    return { begin: () => this.table.begin(), end };
  }

  private vectorsRoom(end: () => void): Room {
    return {
      ...this.tableRoom(end),
      row: (values) => this.table.take(values),
      leaf: (name, text) => {
        if (name === 'v') this.table.takeNumbers(text);
      },
    };
  }

  private energyRoom(end: () => void): Room {
    return {
      begin: () => {
        this.energies = new Map();
      },
      leaf: (name, text, label) => {
        if (name === 'i' && label.startsWith('e_')) this.energies.set(label, textOf(text));
      },
      end,
    };
  }

  private get atomCount(): number {
    return this.numbers?.length ?? failAt(this.reading, 'expected <atominfo> above the first structure, found none');
  }

  private takeAtomCount(name: string, text: XmlText): void {
    if (name !== 'atoms') return;
    const word = textOf(text);
    if (!/^\d{1,9}$/.test(word)) failAt(this.reading, `expected the number of atoms, found ${quote(word)}`);
    this.declaredCount = Number(word);
  }

  private beginAtom(): void {
    this.column = 0;
    this.reading.mark();
  }

  /** The first column of the list of atoms is the element. */
  private takeElement(name: string, text: XmlText): void {
    if (name !== 'c' || this.column++ > 0) return;
    const word = textOf(text);
    const { file, line } = this.reading;
    this.elements.push(atPlace({ file, line }, () => atomicNumber(shortened[word] ?? word)));
  }

  private finishAtoms(): void {
    const { declaredCount, elements, reading } = this;
    if (declaredCount !== undefined && declaredCount !== elements.length) {
      const message = `expected ${declaredCount} atoms in the list, as <atoms> says, found ${elements.length}`;
      failAt(reading, message, reading.markedLine);
    }
    this.numbers = Uint8Array.from(elements);
  }

  private finishFlags(): void {
    this.flags = Uint8Array.from(this.table.finish(this.atomCount, 'rows of flags'));
  }

  private takeLimit(text: XmlText, label: string): void {
    if (label !== 'NELM') return;
    const limit = Number(textOf(text));
    if (Number.isInteger(limit)) this.iterationLimit ??= limit;
  }

  private beginStep(): void {
    this.step = {};
  }

  private finishBasis(): void {
    const basis = this.table.finish(3, 'lattice vectors');
    const isZero = (row: number) => basis.subarray(3 * row, 3 * row + 3).every((value) => value === 0);
    const zero = [0, 1, 2].findIndex(isZero);
    const { reading } = this;
    if (zero >= 0) failAt(reading, `lattice vector ${zero + 1} is zero`, reading.markedLine - 2 + zero);
    atPlace({ file: reading.file, line: reading.markedLine }, () => completeCell(basis));
    this.step.basis = basis;
  }

  private finishTable(name: 'positions' | 'forces'): void {
    this.step[name] = this.table.finish(this.atomCount, name);
  }

  private finishStress(): void {
    this.step.stress = this.table.finish(3, 'rows of stress');
  }

  /** Electronic steps behind the energy belong to a linear response. */
  private finishElectronicStep(): void {
    if (this.step.energies !== undefined) return;
    this.step.electronic = this.energies;
    this.step.iterations = (this.step.iterations ?? 0) + 1;
  }

  private finishEnergies(): void {
    this.step.energies = this.energies;
    for (const name of this.energies.keys()) energyOf(this.energies, name, this.reading);
  }

  private finishStep(): void {
    const { basis, positions, forces, stress, electronic, iterations = 0, energies } = this.step;
    const { reading, flags, iterationLimit = Number.POSITIVE_INFINITY } = this;
    this.step = {};
    if (basis === undefined || positions === undefined)
      failAt(reading, 'expected a structure in <calculation>, found none');
    if (energies === undefined) failAt(reading, 'expected <energy> in <calculation>, found none');
    const energy = energyAtZeroWidth(energies, electronic, reading);
    const voigt = stress && voigtOf(stress).map((value) => -value * kilobar);
    const input = {
      numbers: this.numbers?.slice() ?? [],
      positions: fractionalToCartesian(positions, basis),
      cell: basis,
      ...(flags && heldByFlags(flags, basis)),
      labels: { energy, ...(forces && { forces }), ...(voigt && { stress: voigt }) },
      info: {
        free_energy: energyOf(energies, 'e_fr_energy', reading),
        ...(iterationLimit > 1 && iterations >= iterationLimit && { unconverged: true }),
      },
    };
    const { file, line } = reading;
    this.done.push(atPlace({ file, line }, () => adoptStructure(input, this.masses)));
  }
}
