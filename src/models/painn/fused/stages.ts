import type { Work } from '../../../threads/team.js';
import { openEdgePlaces } from './edge-places.js';
import { openFirstLayer } from './first-layer-stage.js';
import { openForces } from './force-stage.js';
import { chunkAtoms, type LayerMemory } from './graph-memory.js';
import { openProduct } from './matrices.js';
import type { LayerWeights, NetworkMemory, SenderWeights } from './network-memory.js';
import type { Chunk, FusedTask, FusedThread } from './task.js';

/**
 * Number of stages, of the way forth and, where forces are derivatives, the way back: each works on every chunk of
 * atoms, and needs all chunks of the one before.
 */
export function stageCount({ layers, forces }: NetworkMemory): number {
  return forces === undefined ? 2 * layers.length - 1 : layers.length;
}

/** Items of a stage: some chunks each, so that threads share them evenly and seldom ask for the next. */
export function itemCount({ atomCount }: FusedTask): number {
  return Math.min(chunkCount(atomCount), maxItems);
}

const maxItems = 128;

function chunkCount(atomCount: number): number {
  return Math.ceil(atomCount / chunkAtoms);
}

/** Atoms in a chunk, a multiple of 4: as nearly the same in all as that allows, since rows share the reading of weights. */
function chunkSize(atomCount: number): number {
  return 4 * Math.ceil(atomCount / Math.max(1, chunkCount(atomCount)) / 4);
}

/**
 * Prepares the work of one thread: stages 0 to L - 1 are the layers, the last of which gives energies and begins the
 * way back; stages L to 2 L - 2 lead back through the messages of one layer and the update of the one before, at last to
 * the derivatives by edge vectors through those of the first.
 *
 * What becomes of an atom depends on no other item of the stage and on no division into items: results are the same for
 * all threads.
 */
export function openStages(task: FusedTask, seat: FusedThread): Work<void> {
  const { kernels, memory, thread } = seat;
  const { atomCount, ownCount, network, graph } = task;
  const { channels: h, layers, smoothing, readout, intervalsPerLength } = network;
  const workspace = task.workspaces[thread];
  const packets = h / 4;
  const row = 4 * h;
  const edges = openEdgePlaces(task, memory);
  const firstLayer = openFirstLayer(task, seat, edges);
  const product = openProduct(kernels);
  const leadsBack = network.forces === undefined;
  const readForces = openForces(task, { kernels, workspace });

  function doItem(stage: number, item: number): void {
    const [chunks, items] = [chunkCount(atomCount), itemCount(task)];
    const size = chunkSize(atomCount);
    const end = Math.floor((chunks * (item + 1)) / items);
    for (let index = Math.floor((chunks * item) / items); index < end; index++) doChunk(stage, index * size);
  }

  function doChunk(stage: number, first: number): void {
    const atoms = Math.min(chunkSize(atomCount), atomCount - first);
    const chunk = { first, atoms, rows: 4 * Math.ceil(atoms / 4) };
    const layer = 2 * layers.length - 1 - stage;
    if (stage < layers.length) forward(stage, chunk);
    else {
      sendBack(layer, chunk);
      updateBack(layer - 1, chunk, false);
    }
  }

  function forward(layer: number, chunk: Chunk): void {
    const isLast = layer === layers.length - 1;
    if (layer === 0) firstLayer.receive(chunk, placesOf(layer, chunk).projected);
    else receive(layer, chunk);
    update(layer, chunk, isLast);
    if (!isLast) send(layer + 1, chunk);
    else if (leadsBack) {
      read(chunk);
      readBack(chunk);
      updateBack(layer, chunk, isLast);
    } else {
      read(chunk);
      readForces(chunk);
    }
  }

  /** The messages of the neighbours, added to the features, and the vectors projected: x', v', v1 and v2. */
  function receive(layer: number, chunk: Chunk): void {
    const { first, atoms, rows } = chunk;
    const { filters } = senderOf(layers[layer]);
    const { messages, x, v } = graph.layers[layer];
    const { sums, joined, vectors } = workspace;
    for (let atom = 0; atom < atoms; atom++) {
      const [start, end] = edges.of(first + atom);
      kernels.sumMessages(start, end, packets, filters, messages, sums + atom * 4 * row);
    }
    kernels.addMessages(atoms, h, sums, x + first * row, v + 3 * first * row, joined, vectors);
    product(3 * rows, vectors, layers[layer].update.projection.forth, placesOf(layer, chunk).projected);
  }

  /** x'' and v'' from x' and v': the features of the next layer. */
  function update(layer: number, chunk: Chunk, isLast: boolean): void {
    const { atoms, rows } = chunk;
    const { update: weights } = layers[layer];
    const { joined, vectors, hidden } = workspace;
    const { projected, updateHidden, mixed } = placesOf(layer, chunk);
    kernels.measureVectors(atoms, h, smoothing, projected, joined);
    product(rows, joined, weights.hidden.forth, updateHidden);
    kernels.activate(rows * h, updateHidden, hidden);
    product(rows, hidden, weights.mixing.forth, mixed);
    const mixedRow = 4 * weights.mixing.forth.columns;
    const { x, v } = isLast ? workspace : rowsOf(graph.layers[layer + 1], chunk);
    kernels.updateScalars(atoms, h, weights.scale, joined, projected, mixed, mixedRow, x);
    if (!isLast || !leadsBack) kernels.updateVectors(atoms, h, vectors, projected, mixed, mixedRow, v);
  }

  /** What atoms send to their neighbours in this layer. */
  function send(layer: number, chunk: Chunk): void {
    const { atoms, rows, first } = chunk;
    const sender = senderOf(layers[layer]);
    const { messages } = graph.layers[layer];
    const { x, v, ...kept } = rowsOf(graph.layers[layer], chunk);
    const { carriers, senderHidden } = leadsBack ? kept : workspace;
    const { hidden, mixed, joined } = workspace;
    kernels.normalizeRows(atoms, h, x, sender.normWeight, sender.normBias, joined);
    product(rows, joined, sender.hidden.forth, senderHidden);
    kernels.activate(rows * h, senderHidden, hidden);
    product(rows, hidden, sender.sent.forth, mixed);
    kernels.packMessages(atoms, h, mixed, v, messages + 5 * first * row, carriers);
  }

  /** Energies of atoms from their last features. */
  function read({ first, atoms, rows }: Chunk): void {
    const { x, joined } = workspace;
    const { width, weight, bias } = readout;
    const features = graph.features + 4 * first * width;
    product(rows, x, readout.hidden.forth, joined);
    kernels.activate(rows * width, joined, features);
    kernels.readEnergies(atoms, width, features, weight, bias, graph.energies + 8 * first);
  }

  /** The derivatives of the energies that count by the last features, which take their place. */
  function readBack({ first, rows }: Chunk): void {
    const { x, hidden, joined } = workspace;
    const counted = Math.max(0, Math.min(rows, ownCount - first));
    kernels.repeatRow(counted, readout.width, readout.weight, hidden);
    kernels.clear(4 * (rows - counted) * readout.width, hidden + 4 * counted * readout.width);
    kernels.activateAdjoint(rows * readout.width, joined, hidden);
    product(rows, hidden, readout.hidden.back, x);
  }

  /** Derivatives by the features of this layer from those by the sums of messages of all neighbours. */
  function sendBack(layer: number, chunk: Chunk): void {
    const { first, atoms, rows } = chunk;
    const { filters, ...sender } = senderOf(layers[layer]);
    const { messages } = graph.layers[layer];
    const { x, v, carriers, senderHidden } = rowsOf(graph.layers[layer], chunk);
    const { sums, mixed, hidden } = workspace;
    const adjoints = graph.adjoints[layer % 2];
    for (let atom = 0; atom < atoms; atom++) {
      const [start, end] = edges.of(first + atom);
      const own = messages + 5 * (first + atom) * row;
      const [to, gradient] = [sums + atom * 5 * row, edges.gradientOf(start)];
      kernels.sumMessageAdjoints(start, end, packets, filters, intervalsPerLength, adjoints, own, to, gradient);
    }
    const own = adjoints + 4 * first * row;
    kernels.unpackAdjoints(atoms, h, sums, own, carriers, v, mixed, workspace.x, workspace.v);
    product(rows, mixed, sender.sent.back, hidden);
    kernels.activateAdjoint(rows * h, senderHidden, hidden);
    product(rows, hidden, sender.hidden.back, mixed);
    kernels.normalizeRowsAdjoint(atoms, h, x, sender.normWeight, mixed, workspace.x);
  }

  /**
   * Derivatives by the sums of messages of this layer from those by its updated features; in the first layer those by
   * edge vectors.
   */
  function updateBack(layer: number, chunk: Chunk, isLast: boolean): void {
    const { first, atoms, rows } = chunk;
    const { update: weights } = layers[layer];
    const { x, v, joined, hidden, vectors } = workspace;
    const { projected, updateHidden, mixed } = placesOf(layer, chunk);
    const mixedRow = 4 * weights.mixing.forth.columns;
    const mixedAdjoint = workspace.sums;
    const projectedAdjoint = workspace.sums;
    if (isLast) kernels.mixLastAdjoint(atoms, h, weights.scale, x, projected, mixedAdjoint);
    else kernels.mixAdjoint(atoms, h, weights.scale, x, v, projected, mixedAdjoint);
    product(rows, mixedAdjoint, weights.mixing.back, hidden);
    kernels.activateAdjoint(rows * h, updateHidden, hidden);
    product(rows, hidden, weights.hidden.back, joined);
    if (isLast) {
      kernels.projectLastAdjoint(atoms, h, smoothing, x, projected, mixed, mixedRow, joined, projectedAdjoint);
      kernels.clear(12 * atoms * h, v);
    } else kernels.projectAdjoint(atoms, h, smoothing, x, v, projected, mixed, mixedRow, joined, projectedAdjoint);
    if (layer === 0) firstLayer.pull(chunk, projectedAdjoint);
    else {
      product(3 * rows, projectedAdjoint, weights.projection.back, vectors);
      kernels.packAdjoints(atoms, h, x, v, joined, vectors, graph.adjoints[layer % 2] + 4 * first * row);
    }
  }

  /**
   * Where the update of a layer keeps what the way back needs; of the last layer, which leads back at once, or where
   * nothing does, that is the workspace.
   */
  function placesOf(layer: number, chunk: Chunk): Pick<LayerMemory, 'projected' | 'updateHidden' | 'mixed'> {
    return layer === layers.length - 1 || !leadsBack ? workspace : rowsOf(graph.layers[layer], chunk);
  }

  function rowsOf(memory: LayerMemory, { first }: Chunk): Omit<LayerMemory, 'messages'> {
    const at = (address: number, width: number) => address + first * width * row;
    return {
      x: at(memory.x, 1),
      v: at(memory.v, 3),
      carriers: at(memory.carriers, 1),
      senderHidden: at(memory.senderHidden, 1),
      projected: at(memory.projected, 6),
      updateHidden: at(memory.updateHidden, 1),
      mixed: at(memory.mixed, 3),
    };
  }

  return doItem;
}

function senderOf({ sender }: LayerWeights): SenderWeights {
  if (sender === undefined) throw new RangeError('the first layer sends by element');
  return sender;
}
