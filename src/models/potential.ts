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
import { joinModelInputs, type ModelInputs, modelInputs } from './model-inputs.js';
import { layoutFor } from './network.js';
import { limitNeighbors } from './painn/edges.js';
import { constantWeights } from './parameters.js';
import { zblRepulsion } from './repulsion.js';

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
  /** Evaluates systems together, which for small ones is much faster than one by one; the results differ in rounding alone. */
  evaluateMany(systems: readonly AtomicSystem[]): Promise<PotentialResult[]>;
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
  const verlets: ReturnType<typeof createVerletList>[] = []; // of the first system of a call, the second ...
  let session: Promise<Session> | undefined;

  async function open(): Promise<Session> {
    const opened = await openSession(
      inferenceGraph(config, constantWeights(layoutFor(config), parameters), headIndex),
      runtime,
    );
    for (const notice of opened.notices) onNotice?.(notice);
    return opened;
  }

  function listOf(system: AtomicSystem, place: number): NeighborList {
    verlets[place] ??= createVerletList({ cutoff: config.cutoff, skin });
    const fullList = verlets[place].update(system);
    assertDistinct(fullList);
    return fullList;
  }

  function inputsOf({ numbers }: AtomicSystem, fullList: NeighborList): ModelInputs {
    const { maxNeighbors } = config;
    return modelInputs(numbers, maxNeighbors === null ? fullList : limitNeighbors(fullList, maxNeighbors));
  }

  async function evaluateMany(systems: readonly AtomicSystem[]): Promise<PotentialResult[]> {
    session ??= open();
    const lists = systems.map(listOf);
    const inputs = joinModelInputs(systems.map((system, index) => inputsOf(system, lists[index])));
    const { feeds, blocks } = networkFeeds(inputs, runtime.precision);
    const outputs = await (await session).run(feeds);
    const { structureOf } = inputs;
    const results = assemble(outputs, { systems, structureOf, blocks, head, references });
    if (config.repulsion === 'zbl') {
      for (const [index, system] of systems.entries()) addRepulsion(results[index], system, lists[index]);
    }
    results.forEach(assertFinite);
    return results;
  }

  return {
    elements: headElements(head),
    conservative: config.forces === 'conservative',
    evaluate: async (system) => (await evaluateMany([system]))[0],
    evaluateMany,
    async [Symbol.asyncDispose]() {
      await (await session)?.[Symbol.asyncDispose]();
    },
  };
}

interface Assembly {
  readonly systems: readonly AtomicSystem[];
  /** Place in `systems` of each atom, [N]. */
  readonly structureOf: Int32Array;
  readonly blocks: EdgeBlocks;
  readonly head: ModelHead;
  readonly references: Float64Array;
}

/** Physical energies, forces and stress in double precision from the normalised outputs of a network. */
function assemble(
  outputs: Readonly<Record<string, TensorData>>,
  { systems, structureOf, blocks, head, references }: Assembly,
): PotentialResult[] {
  const raw = outputs.energies.data;
  const gradient = outputs.edgeGradient?.data;
  const forces =
    gradient === undefined
      ? Float64Array.from(outputs.forces.data, (force) => force * head.forceScale)
      : forcesFromEdges(blocks, gradient, raw.length).map((force) => force * head.energyScale);
  const strainDerivatives = gradient && strainDerivativesFromEdges(blocks, gradient, structureOf);
  let offset = 0;
  return systems.map(({ numbers, cell }, index) => {
    const start = offset;
    offset += numbers.length;
    const share = (head.energyOffset ?? 0) / numbers.length;
    const energies = Float64Array.from(
      numbers,
      (number, atom) => raw[start + atom] * head.energyScale + references[number] + share,
    );
    const energy = energies.reduce((sum, value) => sum + value, 0);
    const own = systems.length === 1 ? forces : forces.slice(3 * start, 3 * offset);
    const volume = cellVolume(cell);
    if (strainDerivatives === undefined || volume === 0) return { energy, energies, forces: own };
    const stress = strainDerivatives[index].map((sum) => (sum * head.energyScale) / volume);
    return { energy, energies, forces: own, stress };
  });
}

/** Adds the repulsion at short distances to what the network says, in place. */
function addRepulsion(result: Writable<PotentialResult>, { numbers, cell }: AtomicSystem, list: NeighborList): void {
  const added = zblRepulsion(numbers, list);
  if (added === undefined) return;
  const { energies, forces, stress } = result;
  for (let atom = 0; atom < energies.length; atom++) {
    energies[atom] += added.energies[atom];
    result.energy += added.energies[atom];
  }
  for (let component = 0; component < forces.length; component++) forces[component] += added.forces[component];
  if (stress === undefined) return;
  const volume = cellVolume(cell);
  for (let component = 0; component < 6; component++) stress[component] += added.strainDerivative[component] / volume;
}

type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] };

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

/** Derivatives of the energies with respect to strain, [6] each: the symmetrised sum of edge vector times derivative. */
function strainDerivativesFromEdges(
  { edgeVectors, presence, blockReceivers }: EdgeBlocks,
  gradient: TensorData['data'],
  structureOf: Int32Array,
): Float64Array[] {
  const derivatives = Array.from({ length: (structureOf.at(-1) ?? 0) + 1 }, () => new Float64Array(6));
  for (let slot = 0; slot < presence.length; slot++) {
    if (presence[slot] === 0) continue;
    const sums = derivatives[structureOf[blockReceivers[Math.floor(slot / blockSize)]]];
    const [x, y, z] = [edgeVectors[3 * slot], edgeVectors[3 * slot + 1], edgeVectors[3 * slot + 2]];
    const [gx, gy, gz] = [gradient[3 * slot], gradient[3 * slot + 1], gradient[3 * slot + 2]];
    sums[0] += x * gx;
    sums[1] += y * gy;
    sums[2] += z * gz;
    sums[3] += (y * gz + z * gy) / 2;
    sums[4] += (x * gz + z * gx) / 2;
    sums[5] += (x * gy + y * gx) / 2;
  }
  return derivatives;
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
