import { LammError } from '../../src/errors.js';
import { givesStress, type ModelConfig } from '../../src/models/kinds.js';
import type { TrainingOptions } from '../config/pretrain-config.js';
import type { PerTerm } from '../dataset/labels/terms.js';
import type { FileSummary } from '../dataset/load/summary.js';
import type { PreparedData } from '../dataset/prepare-data.js';

/**
 * Factors on the losses of the terms; that of the stress is 0 where no training frame has one, and that of the energies
 * of atoms where there is no teacher, so that nothing is calculated for them.
 *
 * @throws {LammError} `usage` when stress is to be learned by a model that has none.
 */
export function termWeights(
  { energyWeight, forceWeight, stressWeight, atomEnergyWeight }: TrainingOptions,
  model: ModelConfig,
  { files, subsets }: Pick<PreparedData, 'files' | 'subsets'>,
): PerTerm<number> {
  if (stressWeight > 0 && !givesStress(model)) {
    throw new LammError(
      'usage',
      'expected model.forces: conservative, or model.stressHead: true, to learn stress, found direct forces alone; change it, or set training.stressWeight to 0',
      { quantity: 'training.stressWeight' },
    );
  }
  return {
    energy: energyWeight,
    forces: forceWeight,
    stress: countStresses(files) > 0 ? stressWeight : 0,
    atomEnergies: subsets.some(({ teacher }) => teacher !== undefined && teacher.count > 0) ? atomEnergyWeight : 0,
  };
}

/** What the user should know of stress labels that nothing is learned from. */
export function unusedStress({ stress }: PerTerm<number>, files: readonly FileSummary[]): string[] {
  const count = countStresses(files);
  if (stress > 0 || count === 0) return [];
  return [`the stress of ${count} training frames is not used: training.stressWeight is 0`];
}

function countStresses(files: readonly FileSummary[]): number {
  return files.reduce((sum, { role, stresses }) => sum + (role === 'train' ? stresses : 0), 0);
}
