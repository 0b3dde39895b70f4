import { chemicalSymbols } from '../../src/elements.js';
import { writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import { givesStress, type ModelConfig } from '../../src/models/kinds.js';
import type { Model, ModelCard, ModelHead } from '../../src/models/model.js';
import { formatModel } from '../../src/models/model-file.js';
import type { HeadUncertainty } from '../../src/models/uncertainty.js';
import { coverageOfHeads } from '../dataset/coverage.js';
import type { PreparedData } from '../dataset/prepare-data.js';

export interface ExportOptions {
  readonly config: ModelConfig;
  /** [P]. */
  readonly parameters: Float32Array;
  readonly data: PreparedData;
  readonly card: ModelCard;
  /** Whether stress was among the labels that were learned. */
  readonly learnsStress?: boolean;
  /** What the heads know of their errors, by name. */
  readonly uncertainties?: ReadonlyMap<string, HeadUncertainty>;
}

/** Writes a trained network with the references and scales of its data as a model file. */
export async function exportModel(path: string, trained: ExportOptions): Promise<void> {
  await writeFileAtomic(path, formatModel(describeModel(trained)));
}

/** A trained network with the references and scales of its data. */
export function describeModel(trained: ExportOptions): Model {
  const { config, parameters, data, card, learnsStress = false, uncertainties } = trained;
  const hasStressHead = config.forces === 'direct' && givesStress(config);
  const coverage = coverageOfHeads(data.training, { headCount: data.heads.length, learnsStress });
  const heads = data.heads.map(
    ({ name, elements, fit, normalizer: { references, energyScale, forceScale, stressScale } }, index) => {
      const energies = elements.map((number) => [chemicalSymbols[number], references.get(number) ?? Number.NaN]);
      const referenceEnergies = Object.fromEntries(energies);
      const tasks = data.subsets.filter(({ head }) => head === name).map(({ task }) => task);
      return {
        name,
        energyScale,
        forceScale,
        referenceEnergies,
        ...(hasStressHead && coverage[index].stresses > 0 && { stress: unshifted(stressScale) }),
        ...(fit === undefined && { denoising: true }),
        ...(tasks.length > 0 && tasks.every((task) => task.startsWith('IS2RE')) && { energiesAlone: true }),
        coverage: coverage[index],
      };
    },
  );
  return { config, parameters, heads, card, ...(uncertainties && { uncertainties }) };
}

/** Parts of a stress that are all in one unit. */
function unshifted(scale: number): ModelHead['stress'] {
  return { isotropic: { scale, offset: 0 }, anisotropic: { scale, offset: 0 } };
}
