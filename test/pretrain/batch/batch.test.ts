import { describe, expect, it } from 'vitest';
import { collate } from '../../../pretrain/batch/batch.js';
import { linearExamples } from '../../helpers/linear-training.js';

const normalizer = {
  references: new Map([
    [28, 1],
    [29, 2],
  ]),
  energyScale: 4,
  forceScale: 0.5,
  stressScale: 1,
};

describe('collate', () => {
  const store = linearExamples(12, 5);
  const examples = Array.from(store.samples, (_, index) => store.example(index));
  const batch = collate(examples, [normalizer]);

  it('keeps every edge inside its structure, with its vector, sorted by receiver', () => {
    let [edge, offset] = [0, 0];
    for (const [index, { sample, graph }] of examples.entries()) {
      for (let own = 0; own < graph.edgeCount; own++, edge++) {
        expect(batch.graph.senders[edge] - offset).toBe(graph.senders[own]);
        expect(batch.graph.receivers[edge] - offset).toBe(graph.receivers[own]);
        expect(batch.graph.structureOf[batch.graph.receivers[edge]]).toBe(index);
        expect([...batch.graph.edgeVectors.subarray(3 * edge, 3 * edge + 3)]).toEqual([
          ...graph.edgeVectors.subarray(3 * own, 3 * own + 3),
        ]);
      }
      offset += sample.structure.numbers.length;
    }
    expect(edge).toBe(batch.graph.edgeCount);
    expect(offset).toBe(batch.graph.atomCount);
    expect([...batch.graph.receivers]).toEqual([...batch.graph.receivers].sort((a, b) => a - b));
  });

  it('normalises labels and masks those that are absent', () => {
    let offset = 0;
    for (const [index, { sample }] of examples.entries()) {
      const { numbers } = sample.structure;
      const references = [...numbers].reduce((sum, number) => sum + number - 27, 0);
      expect(batch.atomCounts[index]).toBe(numbers.length);
      expect(batch.labels.energy.mask[index]).toBe(Number(sample.energy !== undefined));
      expect(batch.labels.energy.targets[index]).toBeCloseTo(
        sample.energy === undefined ? 0 : (sample.energy - references) / 4,
        6,
      );
      for (let atom = 0; atom < numbers.length; atom++, offset++) {
        expect(batch.graph.numbers[offset]).toBe(numbers[atom]);
        expect(batch.labels.forces.mask[offset]).toBe(Number(sample.forces !== undefined));
        for (let axis = 0; axis < 3; axis++) {
          expect(batch.labels.forces.targets[3 * offset + axis]).toBeCloseTo(
            (sample.forces?.[3 * atom + axis] ?? 0) / 0.5,
            5,
          );
        }
      }
    }
    expect(batch.labels.energy.mask).toContain(0);
    expect(batch.labels.forces.mask).toContain(0);
  });
});
