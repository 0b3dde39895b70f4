import { describe, expect, test } from 'vitest';
import { edgeBlockSize } from '../../src/models/equiformer-v2/equiformer-v2-edges.js';
import { equiformerV2Layout } from '../../src/models/equiformer-v2/equiformer-v2-parameters.js';
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

const folder = sharedPath('reference/equiformer_v2_hydra/tiny_efs') ?? '';

/** The tolerances of the reference data. */
const tolerances = {
  float64: { energy: 1e-10, force: 1e-9, relativeForce: 0, stress: 1e-9, gradient: 1e-6 },
  float32: { energy: 1e-6, force: 3e-5, relativeForce: 5e-5, stress: 5e-5, gradient: 1e-4 },
} as const;

describe.skipIf(folder === '')(
  'EquiformerV2 with a stress head agrees with FAIR-Chem (skipped without the shared reference data)',
  () => {
    for (const precision of ['float64', 'float32'] as const) {
      test(`energies, forces and parts of the stress in ${precision}`, async () => {
        const reference = loadReference();
        const { config, layout, parameters, structures } = reference;
        const { energies, forces, stress } = referenceNetwork(reference, constantWeights(layout, parameters));
        await using session = await createOnnxSession({ energies, forces, stress }, { precision, threads: 1 });
        const tolerance = tolerances[precision];
        for (const [structure, expected] of Object.entries(structures)) {
          const { raw } = expected;
          const results = await session.run(referenceFeeds(config, expected, precision));
          const energy = Float64Array.from(results.energies.data).reduce((sum, value) => sum + value, 0);
          expect(Math.abs(energy - raw.energy), `${structure} energy`).toBeLessThan(tolerance.energy);
          const largest = Math.max(...raw.forces.flat().map(Math.abs));
          expect(largestDifference(results.forces.data, raw.forces.flat()), `${structure} forces`).toBeLessThan(
            Math.max(tolerance.force, tolerance.relativeForce * largest),
          );
          const parts = means(results.stress.data, expected.numbers.length);
          const expectedParts = [raw.stress_isotropic, ...raw.stress_anisotropic];
          expect(largestDifference(parts, expectedParts), `${structure} stress`).toBeLessThan(tolerance.stress);
        }
      });

      test(`parameter gradients in ${precision}`, async () => {
        const reference = loadReference();
        const { config, layout, structures, check } = reference;
        const { weights, segments } = inputWeights(layout);
        const { energies, forces, stress } = referenceNetwork(reference, weights);
        const expected = structures[check.structure];
        const atoms = expected.numbers.length;
        const forceFactors = input('forceFactors', ['atoms', 3]);
        const stressFactors = input('stressFactors', [6, 1]);
        const loss = add(
          add(multiply(reduceSum(energies), 10), reduceSum(multiply(reshape(forces, ['atoms', 3]), forceFactors))),
          multiply(reduceSum(multiply(stress, stressFactors)), 1 / atoms),
        );
        const used = new Set(topologicalOrder([loss]));
        const reached = segments.filter(({ node }) => used.has(node));
        const nodes = reached.map(({ node }) => node);
        const parts = gradients(loss, nodes).map((part, index) => [`g${index}`, part] as const);
        const outputs = { loss, ...Object.fromEntries(parts) };
        await using session = await createOnnxSession(outputs, { precision, threads: 1 });
        const Real = precision === 'float64' ? Float64Array : Float32Array;
        const cosines = Array.from({ length: 3 * atoms }, (_, k) => Math.cos(0.1 * k));
        const parameters = Real.from(reference.parameters);
        const results = await session.run({
          ...referenceFeeds(config, expected, precision),
          forceFactors: { data: Real.from(cosines), shape: [atoms, 3] },
          stressFactors: { data: Real.from([3, ...[0, 1, 2, 3, 4].map(Math.cos)]), shape: [6, 1] },
          ...Object.fromEntries(
            reached.map(({ name, shape, offset, size }) => [
              name,
              { data: parameters.slice(offset, offset + size), shape },
            ]),
          ),
        });
        const { gradient } = tolerances[precision];
        expect(Math.abs(results.loss.data[0] - check.loss_value)).toBeLessThan(precision === 'float64' ? 1e-8 : 1e-4);
        const found = new Float64Array(layout.size);
        reached.forEach(({ offset }, index) => found.set(results[`g${index}`].data, offset));
        for (const { name, offset, size } of layout.entries) {
          const values = reference.gradientsOf(name);
          const largest = values.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
          // What is exactly zero in the original is left out here, or a rounding error.
          const difference = largestDifference(found.subarray(offset, offset + size), values);
          expect(difference, name).toBeLessThanOrEqual(gradient * largest);
        }
      });
    }
  },
);

interface Expected extends ReferenceStructure {
  readonly raw: {
    readonly energy: number;
    readonly forces: number[][];
    readonly stress_isotropic: number;
    readonly stress_anisotropic: number[];
  };
}

/** Means over atoms of parts, [N x 6] -> [6]. */
function means(values: ArrayLike<number>, atomCount: number): number[] {
  return Array.from({ length: 6 }, (_, part) =>
    Array.from({ length: atomCount }, (__, atom) => values[6 * atom + part] / atomCount).reduce((a, b) => a + b, 0),
  );
}

/** The name in the file of a parameter of our layout. */
function nameInFile(name: string): string {
  if (name.startsWith('energy_block.')) return `output_heads.energy.${name}`;
  if (name.startsWith('force_block.')) return `output_heads.forces.${name}`;
  if (name.startsWith('stress_head.')) return name.replace('stress_head', 'output_heads.stress');
  return `backbone.${name}`;
}

function loadReference() {
  const settings = readJson(`${folder}/config.json`) as unknown as {
    readonly model_config: { readonly backbone: Record<string, unknown> };
  };
  const expected = readJson(`${folder}/expected.json`);
  const tensors = readTensors(`${folder}/weights.safetensors`);
  const stored = readTensors(`${folder}/param_grads_puo_rattled.safetensors`);
  const config = configFromArguments(settings.model_config.backbone, {
    stressHead: true,
    averageAtoms: 31.17,
    averageDegree: 61.95,
  });
  const layout = equiformerV2Layout(config);
  return {
    config,
    layout,
    tensors,
    parameters: flatten(layout, (name) => tensors.get(nameInFile(name))?.data as Float32Array), // float32 by the format's README
    structures: expected.structures as Record<string, Expected>,
    check: expected.param_grad_check as { readonly structure: string; readonly loss_value: number },
    gradientsOf: (name: string) => Array.from(stored.get(nameInFile(name))?.data as Float32Array),
  };
}

function referenceNetwork({ config, tensors }: ReturnType<typeof loadReference>, weights: WeightSource) {
  const constants = {
    ...constantsFromFile(tensors, config),
    frameAxes: input('frameAxes', [edgeDim({ blockSize: edgeBlockSize }), 3]),
  };
  const network = equiformerV2Network(config, weights, createGraphNodes(edgeBlockSize), constants);
  return { ...network, forces: network.forces as TensorNode, stress: network.stress as TensorNode }; // direct, with stress
}
