import { LammError } from '../../src/errors.js';
import { kindOf } from '../../src/models/kinds.js';
import type { Model, ModelHead } from '../../src/models/model.js';
import { repulsionFields } from '../../src/models/repulsion.js';

/** A model as it lies in a file. */
export interface ModelOfFile {
  readonly model: Model;
  /** For messages. */
  readonly file: string;
}

/**
 * The mean of the parameters of models that trainings made of one beginning, with what else the first of them says.  It
 * often has smaller errors on new structures than any of them, at no cost.
 *
 * @see Wortsman et al., Model soups, ICML 2022, arXiv:2203.05482.
 * @throws {LammError} `checkpoint` for models of which the same parameter means something else.
 */
export function meanModel(models: readonly [ModelOfFile, ...ModelOfFile[]]): Model {
  const [first, ...others] = models;
  for (const other of others) assertSameMeaning(first, other);
  const parameters = first.model.parameters.map((_, index) => {
    let sum = 0;
    for (const { model } of models) sum += model.parameters[index];
    return sum / models.length;
  });
  const names = models.map(({ model }) => model.card.name);
  const { uncertainties: _, ...rest } = first.model; // which are those of other parameters
  return { ...rest, parameters, card: { ...rest.card, name: `the mean of ${names.join(', ')}` } };
}

function assertSameMeaning(first: ModelOfFile, other: ModelOfFile): void {
  const [one, two] = [first, other].map(({ model }) => meaningOf(model));
  const differences = Object.keys({ ...one, ...two }).filter((key) => one[key] !== two[key]);
  if (differences.length === 0) return;
  throw new LammError(
    'checkpoint',
    `expected models whose mean has a sense: trained from one beginning, ${first.file} first; found another ${differences.join(', ')}; average stages of one model, with its heads kept`,
    { file: other.file },
  );
}

/** What fixes how numbers of a model are read, each as a text; the repulsion is added to all of it and may differ. */
function meaningOf({ config, heads }: Model): Record<string, string> {
  const settings = Object.entries(kindOf(config).settingsOf(config)).filter(([key]) => !(key in repulsionFields));
  return Object.fromEntries([
    ...settings.map(([key, value]): [string, string] => [`model.${key}`, JSON.stringify(value)]),
    ...heads.map((head): [string, string] => [`head ${head.name}`, JSON.stringify(unitsOf(head))]),
  ]);
}

function unitsOf({ name, energyScale, forceScale, stress, energyOffset = 0, referenceEnergies }: ModelHead) {
  return { name, energyScale, forceScale, stress, energyOffset, referenceEnergies };
}
