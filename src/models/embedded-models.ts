import { fileURLToPath } from 'node:url';

/** The models that come with this package; `calculators/weights` has a card of each. */
export const embeddedModels = ['lamm-s', 'lamm-l', 'lamm-s-joint', 'lamm-s-metals', 'lamm-s-joint-direct'] as const;

/** The models that calculate when none is named: crystals of all elements, and molecules. */
export const defaultModels = ['lamm-s', 'lamm-s-joint'] as const;

/** The file of a model that comes with this package, for its name (`lamm-s` when absent); a path stays as it is. */
export function modelFile(model = 'lamm-s'): string {
  const name = embeddedModels.find((each) => each === model);
  return name === undefined
    ? model
    : fileURLToPath(new URL(`../../calculators/weights/${name}.safetensors`, import.meta.url));
}
