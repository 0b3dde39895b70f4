/**
 * The messages of the i-PI protocol: a header of 12 characters, then numbers in the byte order of the machine, in bohr
 * and hartree.
 *
 * The server (i-PI, ASE, or our drivers) asks, the client (LAMMPS, a DFT program, or `lamm serve`) answers:
 * STATUS -> NEEDINIT | READY | HAVEDATA;  INIT;  POSDATA;  GETFORCE -> FORCEREADY;  EXIT.
 *
 * @see Kapil et al., Comput. Phys. Commun. 236, 214 (2019).
 */

import { LammError } from '../errors.js';
import { inverse3, transpose3 } from '../linalg/matrix3.js';
import { symmetricMatrix, voigtPlaces } from '../linalg/voigt.js';
import { cellVolume } from '../structure/cell.js';
import { bohr, hartree } from '../units.js';

export const headerLength = 12;

const headers = [
  'STATUS',
  'NEEDINIT',
  'READY',
  'HAVEDATA',
  'INIT',
  'POSDATA',
  'GETFORCE',
  'FORCEREADY',
  'EXIT',
] as const;
export type IpiHeader = (typeof headers)[number];

/**
 * Energy in eV, forces in eV/A ([N x 3]) and, where there is a volume, stress in eV/A^3 ([6]: xx yy zz yz xz xy,
 * positive under tension).
 */
export interface ForceAnswer {
  readonly energy: number;
  readonly forces: Float64Array;
  readonly stress?: Float64Array;
}

export function formatHeader(header: IpiHeader): Buffer {
  return Buffer.from(header.padEnd(headerLength), 'ascii');
}

/** @throws {LammError} `engine` for anything that is no header of the protocol. */
export function parseHeader(bytes: Buffer, peer: string): IpiHeader {
  const text = bytes.toString('latin1').trimEnd();
  const header = headers.find((known) => known === text.toUpperCase());
  if (header !== undefined) return header;
  throw new LammError(
    'engine',
    `expected a header of the i-PI protocol from ${peer}, found ${JSON.stringify(text)}; does that program speak i-PI?`,
    { quantity: 'header', expected: headers.join(', '), actual: text },
  );
}

/**
 * POSDATA: cell and inverse cell (both transposed: lattice vectors are columns on the wire), number of atoms,
 * positions.
 */
export function formatPositions({ cell, positions }: { cell: Float64Array; positions: Float64Array }): Buffer {
  const inverse = cellVolume(cell) > 0 ? inverse3(cell) : new Float64Array(9); // ASE too sends zeros for a molecule
  return Buffer.concat([
    formatHeader('POSDATA'),
    bytesOf(transpose3(cell), 1 / bohr),
    bytesOf(transpose3(inverse), bohr),
    integer(positions.length / 3),
    bytesOf(positions, 1 / bohr),
  ]);
}

/** Bytes of POSDATA between its header and the number of atoms. */
export const cellsLength = 2 * 72;

/** The cell in A, rows are the lattice vectors; its inverse, which follows, says nothing new. */
export function parseCell(bytes: Buffer): Float64Array {
  return transpose3(parseNumbers(bytes.subarray(0, 72), bohr));
}

/** Positions in A from those on the wire. */
export function parsePositions(bytes: Buffer): Float64Array {
  return parseNumbers(bytes, bohr);
}

/**
 * FORCEREADY: energy, number of atoms, forces, virial -V stress and no further remark: ASE cannot read one of several
 * bytes.
 */
export function formatForces({ energy, forces, stress }: ForceAnswer, volume: number): Buffer {
  return Buffer.concat([
    formatHeader('FORCEREADY'),
    bytesOf([energy], 1 / hartree),
    integer(forces.length / 3),
    bytesOf(forces, bohr / hartree),
    bytesOf(stress === undefined ? new Float64Array(9) : symmetricMatrix(stress), -volume / hartree),
    integer(0),
  ]);
}

/** Energy in eV from the wire. */
export function parseEnergy(bytes: Buffer): number {
  return parseNumbers(bytes, hartree)[0];
}

/** Forces in eV/A from the wire. */
export function parseForces(bytes: Buffer): Float64Array {
  return parseNumbers(bytes, hartree / bohr);
}

/**
 * Stress in eV/A^3, [6], from the virial on the wire.  A virial is symmetric: the mean of both halves, or the one that
 * is there, as LAMMPS fills the upper half only.
 */
export function parseStress(bytes: Buffer, volume: number): Float64Array {
  const v = parseNumbers(bytes, -hartree / volume);
  const shear = (a: number, b: number) => (v[a] === 0 || v[b] === 0 ? v[a] + v[b] : (v[a] + v[b]) / 2);
  return Float64Array.from(voigtPlaces, ([a, b]) => (b === undefined ? v[a] : shear(a, b)));
}

/** INIT: bead 0 and an empty remark of one blank, as some clients cannot read none. */
export function formatInit(): Buffer {
  return Buffer.concat([formatHeader('INIT'), integer(0), integer(1), Buffer.from(' ')]);
}

function integer(value: number): Buffer {
  return Buffer.from(Int32Array.of(value).buffer);
}

function bytesOf(values: ArrayLike<number>, factor: number): Buffer {
  return Buffer.from(Float64Array.from(values, (value) => value * factor).buffer);
}

function parseNumbers(bytes: Buffer, factor: number): Float64Array {
  const values = new Float64Array(Uint8Array.from(bytes).buffer); // copied: a view would have to start at a multiple of 8
  return values.map((value) => value * factor);
}
