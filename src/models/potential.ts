import { LammError } from '../errors.js';
import { coincidenceDistance, coincidentAtoms } from '../neighbors/coincident-atoms.js';
import type { NeighborList } from '../neighbors/neighbor-list.js';
import { createVerletList } from '../neighbors/verlet-list.js';
import { openSession } from '../runtime/open-session.js';
import type { RuntimeOptions, Session, TensorData } from '../runtime/session.js';
import { cellVolume } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { blockSize, type EdgeBlocks } from './edge-blocks.js';
import { networkFeeds } from './feeds.js';
import { inferenceGraph } from './inference-graph.js';
import { findHead, headElements, type Model, type ModelHead, referenceTable } from './model.js';
import { modelInputs } from './model-inputs.js';
import { layoutFor } from './network.js';
import { limitNeighbors } from './painn/edges.js';
import { constantWeights } from './parameters.js';

export interface PotentialOptions extends RuntimeOptions {
  /** The level of theory; needed when the model has several. */
  readonly head?: string;
  /** Extra radius of the neighbour list in A, so that it need not be rebuilt at every step. */
  readonly skin?: number;
  /** Told what the engine has to say, such as that a device is not there. */
  readonly onNotice?: (notice: string) => void;
}

/** What a potential says of one system; see `CalculationResult` for shapes and units. */
export interface PotentialResult {
  readonly energy: number;
  readonly energies: Float64Array;
  readonly forces: Float64Array;
  readonly stress?: Float64Array;
}

/** One head of a model, ready for structures. */
export interface Potential extends AsyncDisposable {
  readonly elements: ReadonlySet<number>;
  readonly conservative: boolean;
  evaluate(system: AtomicSystem): Promise<PotentialResult>;
}

/** Prepares a model for structures; its graph is compiled at the first evaluation. */
export function createPotential(
  model: Model,
  { head: headName, skin = 0.7, onNotice, ...runtime }: PotentialOptions = {},
): Potential {
  const { config, parameters } = model;
  const headIndex = findHead(model, headName);
  const head = model.heads[headIndex];
  const references = referenceTable(head);
  const verlet = createVerletList({ cutoff: config.cutoff, skin });
  let session: Promise<Session> | undefined;

  async function open(): Promise<Session> {
    const opened = await openSession(
      inferenceGraph(config, constantWeights(layoutFor(config), parameters), headIndex),
      runtime,
    );
    for (const notice of opened.notices) onNotice?.(notice);
    return opened;
  }

  async function evaluate(system: AtomicSystem): Promise<PotentialResult> {
    session ??= open();
    const fullList = verlet.update(system);
    assertDistinct(fullList);
    const list = config.maxNeighbors === null ? fullList : limitNeighbors(fullList, config.maxNeighbors);
    const { feeds, blocks } = networkFeeds(modelInputs(system.numbers, list), runtime.precision);
    const results = await (await session).run(feeds);
    const result = assemble(results, { system, blocks, head, references });
    assertFinite(result);
    return result;
  }

  return {
    elements: headElements(head),
    conservative: config.forces === 'conservative',
    evaluate,
    async [Symbol.asyncDispose]() {
      await (await session)?.[Symbol.asyncDispose]();
    },
  };
}

interface Assembly {
  readonly system: AtomicSystem;
  readonly blocks: EdgeBlocks;
  readonly head: ModelHead;
  readonly references: Float64Array;
}

/** Physical energy, forces and stress in double precision from the normalised outputs of a network. */
function assemble(
  results: Readonly<Record<string, TensorData>>,
  { system, blocks, head, references }: Assembly,
): PotentialResult {
  const { numbers, cell } = system;
  const raw = results.energies.data;
  const share = (head.energyOffset ?? 0) / numbers.length;
  const energies = Float64Array.from(
    numbers,
    (number, atom) => raw[atom] * head.energyScale + references[number] + share,
  );
  const energy = energies.reduce((sum, value) => sum + value, 0);
  if (results.forces !== undefined) {
    return { energy, energies, forces: Float64Array.from(results.forces.data, (force) => force * head.forceScale) };
  }
  const gradient = results.edgeGradient.data;
  const forces = forcesFromEdges(blocks, gradient, numbers.length).map((force) => force * head.energyScale);
  const volume = cellVolume(cell);
  if (volume === 0) return { energy, energies, forces };
  const strainDerivative = strainDerivativeFromEdges(blocks, gradient);
  return { energy, energies, forces, stress: strainDerivative.map((sum) => (sum * head.energyScale) / volume) };
}

/** F = -dE/dx: an edge vector runs from receiver to sender, so its derivative pulls the receiver and pushes the sender. */
function forcesFromEdges(blocks: EdgeBlocks, gradient: TensorData['data'], atomCount: number): Float64Array {
  const { senders, blockReceivers } = blocks;
  const forces = new Float64Array(3 * atomCount);
  for (let slot = 0; slot < senders.length; slot++) {
    const receiver = 3 * blockReceivers[Math.floor(slot / blockSize)];
    const sender = 3 * senders[slot];
    for (let axis = 0; axis < 3; axis++) {
      forces[receiver + axis] += gradient[3 * slot + axis];
      forces[sender + axis] -= gradient[3 * slot + axis];
    }
  }
  return forces;
}

/** Derivative of the energy with respect to strain, [6]: the symmetrised sum of edge vector times derivative. */
function strainDerivativeFromEdges(blocks: EdgeBlocks, gradient: TensorData['data']): Float64Array {
  const { edgeVectors, presence } = blocks;
  const sums = new Float64Array(6);
  for (let slot = 0; slot < presence.length; slot++) {
    if (presence[slot] === 0) continue;
    const [x, y, z] = [edgeVectors[3 * slot], edgeVectors[3 * slot + 1], edgeVectors[3 * slot + 2]];
    const [gx, gy, gz] = [gradient[3 * slot], gradient[3 * slot + 1], gradient[3 * slot + 2]];
    sums[0] += x * gx;
    sums[1] += y * gy;
    sums[2] += z * gz;
    sums[3] += (y * gz + z * gy) / 2;
    sums[4] += (x * gz + z * gx) / 2;
    sums[5] += (x * gy + y * gx) / 2;
  }
  return sums;
}

/** No potential has an answer for two atoms in one place. */
function assertDistinct({ distances, senders, receivers }: NeighborList): void {
  const edge = distances.findIndex((distance) => distance < coincidenceDistance);
  if (edge >= 0) throw coincidentAtoms(receivers[edge], senders[edge], distances[edge]);
}

function assertFinite({ energy, forces }: PotentialResult): void {
  if (Number.isFinite(energy) && forces.every(Number.isFinite)) return;
  throw new LammError(
    'non-finite',
    `expected finite results, found an energy of ${energy} eV; are two atoms too close?`,
    {
      quantity: 'energy',
    },
  );
}
