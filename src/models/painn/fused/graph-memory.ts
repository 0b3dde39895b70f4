import type { Arena } from './arena.js';
import type { NetworkMemory } from './network-memory.js';

/** Most atoms that are worked on together: what belongs to them stays in the nearest caches. */
export const chunkAtoms = 32;

/** What one layer keeps of each atom, by address; rows of atoms, padded to whole chunks. */
export interface LayerMemory {
  /**
   * Packets of a, C, B; scalar features x, [h]; vector features v, [3 x h]; b, [h]; what the hidden rows were before
   * activation, [h].
   */
  readonly messages: number;
  readonly x: number;
  readonly v: number;
  readonly carriers: number;
  readonly senderHidden: number;
  /** Projections, [3 x 2 h]; hidden rows before activation, [h]; q, [3 h]. */
  readonly projected: number;
  readonly updateHidden: number;
  readonly mixed: number;
}

/** Arrays of a graph, by address, with room for some more. */
export interface GraphMemory {
  readonly atomRoom: number;
  readonly edgeRoom: number;
  /** Row of the element of each atom, [N] (32 bits). */
  readonly kinds: number;
  /** First edge of each atom, [N + 1] (32 bits). */
  readonly edgeStart: number;
  /** Records of 32 bytes, see `src/kernels/edges.ts`, [E]. */
  readonly edges: number;
  /** Derivatives by edge vectors, [E x 3], or forces of their own, [N x 3]. */
  readonly gradients: number;
  readonly forces: number;
  /** [N], in double precision. */
  readonly energies: number;
  /** Hidden rows of the readout, [width]. */
  readonly features: number;
  /** Packets of X, V of even and of odd layers. */
  readonly adjoints: readonly [number, number];
  readonly layers: readonly LayerMemory[];
}

export const edgeBytes = 32;

/**
 * Takes memory for graphs of up to so many atoms and edges; what only the way back needs is left out where nothing
 * leads back.
 */
export function allocateGraph(
  { channels, layers, readout, forces }: NetworkMemory,
  { atomCount, edgeCount }: { readonly atomCount: number; readonly edgeCount: number },
  arena: Pick<Arena, 'allocate'>,
): GraphMemory {
  const atomRoom = Math.ceil(atomCount / 4) * 4;
  const rows = (width: number) => arena.allocate(4 * atomRoom * width * channels);
  const leadsBack = forces === undefined;
  const rowsIf = (condition: boolean, width: number) => (condition ? rows(width) : 0);
  return {
    ...{ atomRoom, edgeRoom: edgeCount },
    kinds: arena.allocate(4 * atomRoom),
    edgeStart: arena.allocate(4 * (atomRoom + 1)),
    edges: arena.allocate(edgeBytes * edgeCount),
    gradients: arena.allocate(leadsBack ? 12 * edgeCount : 0),
    forces: arena.allocate(leadsBack ? 0 : 12 * atomRoom),
    energies: arena.allocate(8 * atomRoom),
    features: arena.allocate(4 * atomRoom * readout.width),
    adjoints: [rowsIf(leadsBack, 4), rowsIf(leadsBack, 4)],
    layers: layers.map((_, layer): LayerMemory => {
      const [isFirst, isLast] = [layer === 0, layer === layers.length - 1];
      return {
        messages: rowsIf(!isFirst, 5),
        x: rowsIf(!isFirst, 1),
        v: rowsIf(!isFirst, 3),
        carriers: rowsIf(!isFirst && leadsBack, 1),
        senderHidden: rowsIf(!isFirst && leadsBack, 1),
        projected: rowsIf(!isLast && leadsBack, 6),
        updateHidden: rowsIf(!isLast && leadsBack, 1),
        mixed: rowsIf(!isLast && leadsBack, 3),
      };
    }),
  };
}

/** Rows for one chunk of atoms, by address, that nothing is kept in; each thread has its own. */
export interface Workspace {
  readonly sums: number;
  readonly joined: number;
  readonly vectors: number;
  readonly projected: number;
  readonly carriers: number;
  readonly senderHidden: number;
  readonly updateHidden: number;
  readonly hidden: number;
  readonly mixed: number;
  readonly x: number;
  readonly v: number;
  /** Moments of the neighbours of one kind, or derivatives by them: rows of scalars and, after those of all atoms, of vectors. */
  readonly moments: number;
}

export function allocateWorkspace({ channels, firstLayer }: NetworkMemory, arena: Arena): Workspace {
  const rows = (width: number) => arena.allocate(4 * chunkAtoms * width * channels);
  return {
    sums: rows(6),
    joined: rows(2),
    vectors: rows(3),
    projected: rows(6),
    carriers: rows(1),
    senderHidden: rows(1),
    updateHidden: rows(1),
    hidden: rows(1),
    mixed: rows(3),
    x: rows(1),
    v: rows(3),
    moments: arena.allocate(16 * chunkAtoms * 4 * firstLayer.packets),
  };
}
