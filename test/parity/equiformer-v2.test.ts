import { describe, expect, test } from 'vitest';
import type { EquiformerV2Config } from '../../src/models/equiformer-v2/config.js';
import { edgeBlockSize } from '../../src/models/equiformer-v2/equiformer-v2-edges.js';
import { equiformerV2Layout } from '../../src/models/equiformer-v2/equiformer-v2-parameters.js';
import { gaussianCentres } from '../../src/models/equiformer-v2/gaussians.js';
import { equiformerV2Network } from '../../src/models/equiformer-v2/network.js';
import { createGraphNodes, edgeDim } from '../../src/models/graph-nodes.js';
import { constantWeights, inputWeights, type WeightSource } from '../../src/models/parameters.js';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import { gradients } from '../../src/tensor/derivatives.js';
import { type TensorNode, topologicalOrder } from '../../src/tensor/node.js';
import { add, input, multiply, reduceSum, reshape } from '../../src/tensor/operations.js';
import { largestDifference } from '../helpers/compare.js';
import {
  configFromArguments,
  constantsFromFile,
  flatten,
  type ReferenceStructure,
  readJson,
  readTensors,
  referenceFeeds,
} from '../helpers/equiformer-reference.js';
import { sharedPath } from '../helpers/shared.js';

const cases = ['tiny_l2m1', 'tiny_l4m2', 'tiny_l4m2_oc20opts'] as const;
const available = sharedPath('reference/equiformer_v2') !== undefined;

/**
 * Of energy; of forces beside a number and beside the largest; of parameter gradients beside the largest of a tensor.
 */
const tolerances = {
  float64: { energy: 1e-10, force: 1e-9, relativeForce: 0, layer: 1e-8, gradient: 1e-6 },
  float32: { energy: 3e-7, force: 0, relativeForce: 5e-5, layer: 5e-5, gradient: 1e-4 },
} as const;

describe.skipIf(!available)('EquiformerV2 agrees with FAIR-Chem (skipped without the shared reference data)', () => {
  for (const name of cases) {
    test(`${name} has the parameters and the buffers of the original`, () => {
      const { layout, settings, tensors, config } = loadReference(name);
      expect(layout.entries.map((entry) => entry.name)).toEqual(settings.trainable_parameter_order);
      expect(Object.fromEntries(layout.entries.map((entry) => [entry.name, entry.shape]))).toEqual(
        settings.parameter_shapes,
      );
      expect(layout.size).toBe(settings.num_parameters);
      const offsets = tensors.get('distance_expansion.offset')?.data;
      expect(gaussianCentres(config.basisSize, config.cutoff)).toEqual(offsets);
    });

    for (const precision of ['float64', 'float32'] as const) {
      test(`${name} energies, forces and features of every layer in ${precision}`, async () => {
        const reference = loadReference(name);
        const tolerance = tolerances[precision];
        const { config, layout, parameters } = reference;
        const network = referenceNetwork(reference, constantWeights(layout, parameters));
        const layers = Object.fromEntries(network.layers.map((layer, index) => [layerName(index, config), layer]));
        const outputs = { energies: network.energies, forces: network.forces, ...layers };
        await using session = await createOnnxSession(outputs, { precision, threads: 1 });
        for (const [structure, expected] of Object.entries(reference.structures)) {
          const results = await session.run(referenceFeeds(config, expected, precision));
          const energies = Float64Array.from(results.energies.data);
          const energy = energies.reduce((sum, value) => sum + value, 0);
          expect(Math.abs(energy - expected.energy), `${structure} energy`).toBeLessThan(tolerance.energy);
          const forces = expected.forces.flat();
          const largest = Math.max(...forces.map(Math.abs));
          expect(largestDifference(results.forces.data, forces), `${structure} forces`).toBeLessThan(
            tolerance.force + tolerance.relativeForce * largest,
          );
          for (const layer of Object.keys(layers)) {
            const values = expected.intermediates_atoms_0_to_2[layer].flat(2);
            const found = results[layer].data.subarray(0, values.length);
            expect(largestDifference(found, values), `${structure} ${layer}`).toBeLessThan(tolerance.layer);
          }
        }
      });

      test(`${name} parameter gradients in ${precision}`, async () => {
        const reference = loadReference(name);
        const { config, layout } = reference;
        const { weights, segments } = inputWeights(layout);
        const network = referenceNetwork(reference, weights);
        const coefficients = input('coefficients', ['atoms', 3]);
        const forces = reduceSum(multiply(reshape(network.forces, ['atoms', 3]), coefficients));
        const loss = add(multiply(reduceSum(network.energies), 10), forces);
        const used = new Set(topologicalOrder([loss]));
        const reached = segments.filter(({ node }) => used.has(node));
        const nodes = reached.map(({ node }) => node);
        const parts = gradients(loss, nodes).map((part, index) => [`g${index}`, part] as const);
        const outputs = { loss, ...Object.fromEntries(parts) };
        await using session = await createOnnxSession(outputs, { precision, threads: 1 });

        const expected = reference.structures[reference.check.structure];
        const Real = precision === 'float64' ? Float64Array : Float32Array;
        const atoms = expected.numbers.length;
        const parameters = Real.from(reference.parameters);
        const results = await session.run({
          ...referenceFeeds(config, expected, precision),
          coefficients: {
            data: Real.from(Array.from({ length: 3 * atoms }, (_, k) => Math.cos(0.1 * k))),
            shape: [atoms, 3],
          },
          ...Object.fromEntries(
            reached.map(({ name: segment, shape, offset, size }) => [
              segment,
              { data: parameters.slice(offset, offset + size), shape },
            ]),
          ),
        });
        const { energy, gradient } = tolerances[precision];
        expect(Math.abs(results.loss.data[0] - reference.check.loss_value)).toBeLessThan(100 * energy);
        const found = new Float64Array(layout.size);
        reached.forEach(({ offset }, index) => found.set(results[`g${index}`].data, offset));
        for (const { name: parameter, offset, size } of layout.entries) {
          const values = reference.gradientsOf(parameter);
          const largest = values.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
          const difference = largestDifference(found.subarray(offset, offset + size), values);
          expect(difference, parameter).toBeLessThanOrEqual(gradient * largest);
        }
      });
    }
  }
});

interface Expected extends ReferenceStructure {
  readonly energy: number;
  readonly forces: number[][];
  readonly intermediates_atoms_0_to_2: Record<string, number[][][]>;
}

function loadReference(name: (typeof cases)[number]) {
  const folder = sharedPath(`reference/equiformer_v2/${name}`) ?? '';
  const settings = readJson(`${folder}/config.json`);
  const expected = readJson(`${folder}/expected.json`);
  const tensors = readTensors(`${folder}/weights.safetensors`);
  const stored = readTensors(`${folder}/param_grads_cu111_co.safetensors`);
  const config = configFromArguments(settings.hparams as Record<string, unknown>);
  const layout = equiformerV2Layout(config);
  return {
    config,
    layout,
    settings,
    tensors,
    parameters: flatten(layout, (parameter) => tensors.get(parameter)?.data as Float32Array), // float32 by the format's README
    structures: expected.structures as Record<string, Expected>,
    check: expected.param_grad_check as { readonly structure: string; readonly loss_value: number },
    gradientsOf: (parameter: string) => Array.from(stored.get(parameter)?.data as Float32Array),
  };
}

/** The network with the grids of the file and the frames that were drawn. */
function referenceNetwork({ config, tensors }: ReturnType<typeof loadReference>, weights: WeightSource) {
  const constants = {
    ...constantsFromFile(tensors, config),
    frameAxes: input('frameAxes', [edgeDim({ blockSize: edgeBlockSize }), 3]),
  };
  const network = equiformerV2Network(config, weights, createGraphNodes(edgeBlockSize), constants);
  return { ...network, forces: network.forces as TensorNode }; // direct
}

function layerName(index: number, { layers }: EquiformerV2Config): string {
  if (index === 0) return 'embedding_after_edge_degree';
  return index <= layers ? `embedding_after_block_${index - 1}` : 'embedding_after_final_norm';
}
