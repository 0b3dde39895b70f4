import type { Batch } from '../../pretrain/batch/batch.js';
import { countLabels } from '../../pretrain/step/loss.js';
import type { TrainStep } from '../../pretrain/step/train-step.js';
import type { ParameterLayout } from '../../src/models/parameters.js';

const elementCount = 118;

/** One energy an element, which decays, and one spring constant, which does not. */
const layout: ParameterLayout = {
  entries: [
    { name: 'energies', shape: [elementCount], initializer: { value: 0 }, decay: true, offset: 0, size: elementCount },
    { name: 'spring', shape: [1], initializer: { value: 0 }, decay: false, offset: elementCount, size: 1 },
  ],
  size: elementCount + 1,
};

/**
 * A model whose loss and gradients have a closed form: the energy is a sum over elements, the force on an atom is the
 * spring constant times the sum of its edge vectors; the loss is the mean square error of energies and force components
 * that have labels.
 */
export function createLinearTrainStep(): TrainStep {
  return {
    layout,
    notices: [],
    async run(batch, parameters, { gradients, counts = countLabels(batch) }) {
      const energyCount = Math.max(1, counts.energy.rows);
      const componentCount = Math.max(1, 3 * counts.forces.rows);
      const { energy: energyLabels, forces: forceLabels } = batch.labels;
      const { energy: energies, forces, pulls } = predict(batch, parameters);
      gradients.fill(0);
      let energyLoss = 0;
      let forceLoss = 0;
      for (let atom = 0; atom < batch.graph.atomCount; atom++) {
        const structure = batch.graph.structureOf[atom];
        const error = energies[structure] - energyLabels.targets[structure];
        gradients[batch.graph.numbers[atom] - 1] += (2 * energyLabels.mask[structure] * error) / energyCount;
      }
      for (let structure = 0; structure < batch.graph.structureCount; structure++) {
        const error = energies[structure] - energyLabels.targets[structure];
        energyLoss += (energyLabels.mask[structure] * error ** 2) / energyCount;
      }
      for (let component = 0; component < forces.length; component++) {
        const weight = forceLabels.mask[Math.floor(component / 3)] / componentCount;
        const error = forces[component] - forceLabels.targets[component];
        forceLoss += weight * error ** 2;
        gradients[elementCount] += 2 * weight * error * pulls[component];
      }
      return {
        loss: energyLoss + forceLoss,
        terms: { energy: energyLoss, forces: forceLoss, stress: 0, atomEnergies: 0 },
      };
    },
    async evaluate(batch, parameters) {
      return predict(batch, parameters);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function predict(batch: Batch, parameters: Float32Array) {
  const energies = new Float64Array(batch.graph.structureCount);
  const pulls = new Float32Array(3 * batch.graph.atomCount);
  for (let atom = 0; atom < batch.graph.atomCount; atom++) {
    energies[batch.graph.structureOf[atom]] += parameters[batch.graph.numbers[atom] - 1];
  }
  for (let edge = 0; edge < batch.graph.edgeCount; edge++) {
    for (let axis = 0; axis < 3; axis++) {
      pulls[3 * batch.graph.receivers[edge] + axis] += batch.graph.edgeVectors[3 * edge + axis];
    }
  }
  return { energy: energies, pulls, forces: pulls.map((pull) => parameters[elementCount] * pull) };
}
