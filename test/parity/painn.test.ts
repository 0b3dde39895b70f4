import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSafetensors } from '../../src/io/safetensors.js';
import type { AtomicGraph } from '../../src/models/atomic-graph.js';
import { defaultBlockSize as blockSize, type EdgeBlocks } from '../../src/models/edge-blocks.js';
import { inferenceGraph } from '../../src/models/graph-evaluator.js';
import { graphFeeds } from '../../src/models/graph-feeds.js';
import { createGraphNodes, edgeForces } from '../../src/models/graph-nodes.js';
import { buildNetwork, layoutFor } from '../../src/models/kinds.js';
import type { PainnConfig } from '../../src/models/painn/config.js';
import { constantWeights, inputWeights, type ParameterLayout } from '../../src/models/parameters.js';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import { gradients } from '../../src/tensor/derivatives.js';
import { topologicalOrder } from '../../src/tensor/node.js';
import { add, input, multiply, reduceSum, reshape } from '../../src/tensor/operations.js';
import { largestDifference } from '../helpers/compare.js';
import { sharedPath } from '../helpers/shared.js';

const cases = ['tiny_direct', 'tiny_conservative'] as const;
const precisions = ['float64', 'float32'] as const;
const available = sharedPath('reference/painn') !== undefined;

describe.skipIf(!available)('PaiNN agrees with FAIR-Chem (skipped without the shared reference data)', () => {
  for (const name of cases) {
    for (const precision of precisions) {
      test(`${name} energies, forces and stress in ${precision}`, async () => {
        const reference = loadReference(name);
        const tolerance = precision === 'float64' ? { energy: 1e-9, force: 1e-9 } : { energy: 1e-4, force: 3e-5 };
        const outputs = inferenceGraph(reference.config, constantWeights(reference.layout, reference.parameters), {
          head: 0,
        });
        await using session = await createOnnxSession(outputs, { precision, threads: 1 });
        for (const [structure, expected] of Object.entries(reference.structures)) {
          const inputs = inputsOf(expected, precision);
          const { feeds, blocks } = graphFeeds(reference.config, inputs, precision);
          const results = await session.run(feeds);
          const energies = Float64Array.from(results.energies.data);
          const energy = energies.reduce((sum, value) => sum + value, 0);
          const scale = precision === 'float64' ? Math.max(1, Math.abs(expected.energy)) : 1;
          expect(Math.abs(energy - expected.energy), `${structure} energy`).toBeLessThan(tolerance.energy * scale);
          expect(largestDifference(energies, expected.per_atom_energy), `${structure} energies`).toBeLessThan(
            tolerance.energy * scale,
          );
          const gradient = results.edgeGradient?.data;
          const forces = gradient ? forcesFrom(blocks, gradient, inputs.atomCount) : results.forces.data;
          const largest = Math.max(...expected.forces.flat().map(Math.abs));
          expect(largestDifference(forces, expected.forces.flat()), `${structure} forces`).toBeLessThan(
            tolerance.force * largest,
          );
          if (gradient && expected.strain_derivative) {
            const strain = strainDerivative(blocks, gradient);
            const scale = Math.max(...expected.strain_derivative.flat().map(Math.abs));
            expect(largestDifference(strain, expected.strain_derivative.flat())).toBeLessThan(tolerance.force * scale);
          }
        }
      });

      test(`${name} parameter gradients in ${precision}`, async () => {
        const reference = loadReference(name);
        const { loss, segments } = gradientCheck(reference);
        const used = new Set(topologicalOrder([loss]));
        const reached = segments.filter(({ node }) => used.has(node));
        const parts = gradients(
          loss,
          reached.map(({ node }) => node),
        );
        const outputs = Object.fromEntries([
          ['loss', loss],
          ...parts.map((part, index) => [`g${index}`, part] as const),
        ]);
        await using session = await createOnnxSession(outputs, { precision, threads: 1 });
        const expected = reference.structures[reference.gradientStructure];
        const inputs = inputsOf(expected, precision);
        const inPrecision = (values: Float64Array | Float32Array) =>
          precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
        const atoms = inputs.atomCount;
        const coefficients = inPrecision(Float64Array.from({ length: 3 * atoms }, (_, index) => Math.cos(0.1 * index)));
        const parameters = inPrecision(reference.parameters);
        const results = await session.run({
          ...graphFeeds(reference.config, inputs, precision).feeds,
          coefficients: { data: coefficients, shape: [atoms, 3] },
          ...Object.fromEntries(
            reached.map(({ name: input, shape, offset, size }) => [
              input,
              { data: parameters.slice(offset, offset + size), shape },
            ]),
          ),
        });
        const found = new Float64Array(reference.layout.size);
        reached.forEach(({ offset }, index) => found.set(results[`g${index}`].data, offset));
        expect(Math.abs(results.loss.data[0] - reference.gradientLoss)).toBeLessThan(
          precision === 'float64' ? 1e-7 : 1e-2,
        );
        for (const { name: parameter, offset, size } of reference.layout.entries) {
          const values = reference.gradients(parameter);
          const largest = values.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
          const difference = largestDifference(found.subarray(offset, offset + size), values);
          expect(difference, parameter).toBeLessThanOrEqual((precision === 'float64' ? 1e-6 : 1e-4) * largest);
        }
      });
    }
  }
});

interface ReferenceStructure {
  readonly numbers: number[];
  readonly energy: number;
  readonly per_atom_energy: number[];
  readonly forces: number[][];
  readonly strain_derivative?: number[][];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly edges: { source: number[]; target: number[]; cell_offset: number[][] };
}

function loadReference(name: (typeof cases)[number]) {
  const folder = sharedPath(`reference/painn/${name}`) ?? '';
  const { hparams, scale_factors } = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'));
  const config: PainnConfig = {
    kind: 'painn',
    channels: hparams.hidden_channels,
    layers: hparams.num_layers,
    basis: hparams.rbf.name,
    basisSize: hparams.num_rbf,
    cutoff: hparams.cutoff,
    envelopeExponent: hparams.envelope.exponent,
    maxNeighbors: hparams.max_neighbors,
    elementCount: hparams.num_elements,
    smooth: false,
    forces: hparams.direct_forces ? 'direct' : 'conservative',
    heads: ['default'],
    scaleFactors: Object.values(scale_factors),
  };
  const layout = layoutFor(config);
  const weights = parseSafetensors(readFileSync(`${folder}/weights.safetensors`));
  const stored = parseSafetensors(readFileSync(`${folder}/param_grads_cu111_co.safetensors`));
  return {
    config,
    layout,
    parameters: flatten(layout, (parameter) => weights.tensors.get(parameter)?.data as Float32Array), // float32 by the format's README
    structures: expected.structures as Record<string, ReferenceStructure>,
    gradientStructure: expected.param_grad_check.structure as string,
    gradientLoss: expected.param_grad_check.loss_value as number,
    gradients: (parameter: string) => Array.from(stored.tensors.get(parameter)?.data as Float32Array),
  };
}

function flatten(layout: ParameterLayout, valuesOf: (name: string) => Float32Array): Float32Array {
  const parameters = new Float32Array(layout.size);
  for (const { name, offset } of layout.entries) parameters.set(valuesOf(name), offset);
  return parameters;
}

function inputsOf(
  { numbers, positions, cell, edges }: ReferenceStructure,
  precision: 'float32' | 'float64',
): AtomicGraph {
  const order = edges.target.map((_, index) => index).sort((a, b) => edges.target[a] - edges.target[b] || a - b);
  const vectors = order.flatMap((edge) =>
    [0, 1, 2].map((axis) => {
      const shift = [0, 1, 2].reduce((sum, row) => sum + edges.cell_offset[edge][row] * (cell?.[row]?.[axis] ?? 0), 0);
      return positions[edges.source[edge]][axis] + shift - positions[edges.target[edge]][axis];
    }),
  );
  return {
    atomCount: numbers.length,
    edgeCount: order.length,
    structureCount: 1,
    numbers: Int32Array.from(numbers),
    senders: Int32Array.from(order, (edge) => edges.source[edge]),
    receivers: Int32Array.from(order, (edge) => edges.target[edge]),
    edgeVectors: precision === 'float64' ? Float64Array.from(vectors) : Float32Array.from(vectors),
    structureOf: new Int32Array(numbers.length),
  };
}

/** F_i = sum of dE/d(vector) over edges to i minus the sum over edges from i. */
function forcesFrom(
  { senders, blockReceivers }: EdgeBlocks,
  gradient: ArrayLike<number>,
  atomCount: number,
): Float64Array {
  const forces = new Float64Array(3 * atomCount);
  senders.forEach((sender, slot) => {
    const receiver = blockReceivers[Math.floor(slot / blockSize)];
    for (let axis = 0; axis < 3; axis++) {
      forces[3 * receiver + axis] += gradient[3 * slot + axis];
      forces[3 * sender + axis] -= gradient[3 * slot + axis];
    }
  });
  return forces;
}

function strainDerivative({ senders, edgeVectors }: EdgeBlocks, gradient: ArrayLike<number>): Float64Array {
  const derivative = new Float64Array(9);
  for (let slot = 0; slot < senders.length; slot++) {
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        const [va, vb] = [edgeVectors[3 * slot + a], edgeVectors[3 * slot + b]];
        derivative[3 * a + b] += (va * gradient[3 * slot + b] + vb * gradient[3 * slot + a]) / 2;
      }
    }
  }
  return derivative;
}

/** 0.1 E + sum of cos(0.1 k) F_k, as a graph over weights that are inputs. */
function gradientCheck({ config, layout }: ReturnType<typeof loadReference>) {
  const { weights, segments } = inputWeights(layout);
  const inputs = createGraphNodes();
  const { energies, forces: direct } = buildNetwork(config, weights, inputs);
  const energy = reduceSum(energies);
  const coefficients = input('coefficients', ['atoms', 3]);
  let forces = direct && reshape(direct, ['atoms', 3]);
  if (forces === undefined) {
    const [gradient] = gradients(energy, [inputs.edgeVectors]);
    forces = edgeForces(gradient, inputs);
  }
  return { loss: add(multiply(energy, 0.1), reduceSum(multiply(forces, coefficients))), segments };
}
