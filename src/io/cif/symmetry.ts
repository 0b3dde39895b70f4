import { LammError } from '../../errors.js';
import { multiply3, transpose3 } from '../../linalg/matrix3.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import type { CifBlock } from './blocks.js';
import { splitGroupName } from './hermann-mauguin.js';
import { type GroupNames, namedSymmetry, readGroupNames, remedy } from './named-symmetry.js';
import {
  compose,
  distinctOperations,
  formatOperation,
  identity,
  isTranslation,
  missingProduct,
  parseOperation,
  type SymmetryOperation,
} from './operations.js';
import type { CifCell } from './read-cell.js';
import { pointGroupOrder, settingsOfName } from './space-groups.js';
import type { CifToken } from './tokenize.js';
import { valuesOf } from './values.js';

/** The symmetry of a block. */
export interface CifSymmetry {
  /** Lists of operations: two when a name leaves the choice of origin open, else one. */
  readonly groups: readonly (readonly SymmetryOperation[])[];
  /** Why the operations may be incomplete, if so: then the composition has to confirm them. */
  readonly doubt?: string;
  /** What had to be assumed or is contradictory, for the user. */
  readonly notes: readonly string[];
  readonly line: number;
}

/**
 * Reads the symmetry operations of a block: from its loop of (magnetic) operations, else its Hall or Hermann-Mauguin
 * name, else its number, else none but the identity.
 *
 * @throws {LammError} `format`, with `file` and line, for names and operations that are not understood or do not suit
 *   the cell.
 */
export function readSymmetry(block: CifBlock, cell: CifCell, file: string | undefined): CifSymmetry {
  assertNotModulated(block, file);
  const listed = listedOperations(block, file);
  const names = readGroupNames(block, file);
  if (listed !== undefined) {
    const [operations] = groupsOfCell([listed.operations], cell, { file, line: listed.token.line });
    const contradiction = listed.isMagnetic ? undefined : contradictionOf(operations, names);
    const missing = missingProduct(operations);
    const doubt =
      missing && `the symmetry operations are not a group: "${formatOperation(missing)}" is missing; complete the list`;
    const notes = [
      ...(contradiction ? [`${contradiction}; the operations were followed`] : []),
      ...(doubt ? [doubt] : []),
    ];
    return { groups: [operations], line: listed.token.line, notes, ...(doubt && { doubt }) };
  }
  assertNotMagnetic(block, file);
  const named = namedSymmetry(names, cell, file);
  if (named === undefined) {
    const notes = ['no symmetry is given: the listed sites were taken as the whole cell'];
    return { groups: [[identity]], doubt: `no symmetry is given; ${remedy}`, notes, line: block.line };
  }
  const { token, assumption } = named;
  const groups = groupsOfCell(named.groups, cell, { file, line: token.line });
  if (assumption === undefined) return { groups, notes: [], line: token.line };
  return { groups, notes: [assumption], doubt: assumption, line: token.line };
}

/** The lists of operations that suit the cell, of several. */
function groupsOfCell(
  groups: readonly (readonly SymmetryOperation[])[],
  cell: CifCell,
  place: { file?: string; line: number },
): (readonly SymmetryOperation[])[] {
  const metric = multiply3(cell.vectors, transpose3(cell.vectors));
  const suitable = groups.filter((operations) => misfitOf(operations, metric) === undefined);
  if (suitable.length > 0) return suitable;
  const bad = misfitOf(groups[0], metric) ?? identity;
  const message = `the symmetry operation "${formatOperation(bad)}" does not suit the cell; check the space group and the cell`;
  throw new LammError('format', message, place);
}

interface ListedOperations {
  readonly token: CifToken;
  readonly operations: readonly SymmetryOperation[];
  readonly isMagnetic: boolean;
}

const operationTags = ['_space_group_symop_operation_xyz', '_symmetry_equiv_pos_as_xyz'];
const magneticOperationTag = '_space_group_symop_magn_operation_xyz';
const magneticCentringTag = '_space_group_symop_magn_centering_xyz';

/**
 * Magnetic operations, where there are some, are those of the cell: it can be larger than that of the crystal without
 * its moments.
 */
function listedOperations(block: CifBlock, file: string | undefined): ListedOperations | undefined {
  const magnetic = valuesOf(block, magneticOperationTag, file);
  const isMagnetic = magnetic.length > 0;
  const tokens = isMagnetic ? magnetic : operationTags.flatMap((tag) => valuesOf(block, tag, file));
  if (tokens.length === 0) return undefined;
  const read = ({ text, line }: CifToken) =>
    atPlace({ file, line }, () => (isMagnetic ? parseMagneticOperation(text) : parseOperation(text)));
  const operations = tokens.map(read);
  const centring = isMagnetic ? valuesOf(block, magneticCentringTag, file).map(read) : [];
  const all = centring.flatMap((shift) => operations.map((operation) => compose(shift, operation)));
  const { line } = tokens[0];
  const distinct = atPlace({ file, line }, () => distinctOperations(centring.length > 0 ? all : operations));
  return { token: tokens[0], operations: distinct, isMagnetic };
}

/** Magnetic operations end in `,+1` or `,-1`, or carry a prime: whether they turn moments round. */
function parseMagneticOperation(text: string): SymmetryOperation {
  const [, plain, sign] = /^(.*?)(?:,\s*([+-]?1|[mp])\s*|(?<!')(')\s*)?$/i.exec(text) ?? [];
  const reversesTime = /^(-1|m|')$/i.test(sign ?? '');
  const operation = parseOperation(plain ?? text);
  return reversesTime ? { ...operation, reversesTime } : operation;
}

function assertNotModulated(block: CifBlock, file: string | undefined): void {
  const tag = [...block.tables.keys()].find((name) => /^_space_group_symop_(?:magn_)?ssg_/.test(name));
  if (tag === undefined) return;
  const line = block.tables.get(tag)?.line;
  throw new LammError('format', 'the structure is modulated (superspace group); expected a periodic one', {
    file,
    line,
  });
}

function assertNotMagnetic(block: CifBlock, file: string | undefined): void {
  const tag = [...block.items.keys()].find((name) => /^_space_group_magn_(?:name|number)_/.test(name));
  if (tag === undefined) return;
  const line = block.items.get(tag)?.[0].line;
  const message = `the magnetic space group is given by ${tag} alone; give its operations in a loop of _space_group_symop_magn_operation.xyz`;
  throw new LammError('format', message, { file, line });
}

/**
 * How the name or number of the space group contradicts the operations, which are of another crystal class or centring.
 */
function contradictionOf(operations: readonly SymmetryOperation[], names: GroupNames): string | undefined {
  const { name } = names;
  const number = names.number?.value ?? numberOfName(name);
  const what = name ? `the space group ${quote(name.text)}` : `space group ${number}`;
  const translations = operations.filter(isTranslation).length;
  if (number !== undefined && operations.length !== translations * pointGroupOrder(number)) {
    return `the ${operations.length} symmetry operations are not those of ${what}`;
  }
  const points = { P: 1, A: 2, B: 2, C: 2, I: 2, F: 4 }[name?.text.trim()[0].toUpperCase() ?? ''];
  if (points === undefined || points === translations) return undefined;
  return `the symmetry operations have ${translations} points of the lattice in a cell, not ${points} as ${what}`;
}

function numberOfName(name: CifToken | undefined): number | undefined {
  return name && settingsOfName(splitGroupName(name.text).base).at(0)?.number;
}

/** An operation that changes lengths and angles by more than 2 % (cells are refined without their symmetry, too). */
function misfitOf(operations: readonly SymmetryOperation[], metric: Float64Array): SymmetryOperation | undefined {
  return operations.find(({ rotation }) =>
    pairs.some(([i, j]) => {
      const scale = Math.sqrt(metric[4 * i] * metric[4 * j]);
      return Math.abs(productOfImages(rotation, metric, [i, j]) - metric[3 * i + j]) > 0.02 * scale;
    }),
  );
}

const pairs = [
  [0, 0],
  [1, 1],
  [2, 2],
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/** Scalar product (A^2) of the images of two lattice vectors, which are columns of the rotation. */
function productOfImages(rotation: readonly number[], metric: Float64Array, [i, j]: readonly [number, number]): number {
  let product = 0;
  for (let k = 0; k < 3; k++) {
    for (let l = 0; l < 3; l++) product += rotation[3 * k + i] * metric[3 * k + l] * rotation[3 * l + j];
  }
  return product;
}
