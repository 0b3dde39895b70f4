import type { Workspace } from './graph-memory.js';
import type { Kernels } from './kernels.js';
import { openProduct } from './matrices.js';
import type { Chunk, FusedTask } from './task.js';

/** Makes forces of the last features of atoms, in a network with forces of their own: two gated equivariant blocks. */
export function openForces(
  { network, graph }: FusedTask,
  { kernels, workspace }: { readonly kernels: Kernels; readonly workspace: Workspace },
): (chunk: Chunk) => void {
  const { forces = [], smoothing } = network;
  const product = openProduct(kernels);
  const { x, projected, joined, updateHidden, hidden, mixed, senderHidden } = workspace;

  return ({ first, atoms, rows }) => {
    let vectors = workspace.v;
    let width = 0;
    for (const [index, block] of forces.entries()) {
      const next = index % 2 === 0 ? workspace.vectors : workspace.sums;
      product(3 * rows, vectors, block.measured, projected);
      kernels.joinLengths(atoms, block.width, smoothing, x, projected, joined);
      product(rows, joined, block.hidden, updateHidden);
      kernels.activate(rows * block.hidden.columns, updateHidden, hidden);
      product(3 * rows, vectors, block.gated, next);
      product(rows, hidden, block.gate, mixed);
      kernels.gateVectors(atoms, block.outputs, mixed, next);
      if (block.scalars !== undefined) {
        product(rows, hidden, block.scalars, senderHidden);
        kernels.activate(rows * block.scalars.columns, senderHidden, x);
      }
      vectors = next;
      width = block.outputs;
    }
    kernels.takeFirst(atoms, width, vectors, graph.forces + 12 * first);
  };
}
