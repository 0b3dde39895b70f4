import { type ModelConfig, partOf } from '../../src/models/kinds.js';
import type { ParameterLayout } from '../../src/models/parameters.js';
import type { TrainingOptions } from '../config/pretrain-config.js';
import type { ParameterGroup } from './optimizer.js';

type LayerDecay = NonNullable<TrainingOptions['layerDecay']>;

/**
 * How each parameter of a model is updated: weights decay, biases and norms do not, and parts have factors on the
 * learning rate.
 *
 * @see Shoghi et al., arXiv 2310.16802 (JMP), layer-wise learning rate decay.
 */
export function parameterGroups(
  config: ModelConfig,
  layout: ParameterLayout,
  layerDecay: LayerDecay | undefined,
): ParameterGroup[] {
  return layout.entries.map(({ name, offset, size, decay }) => ({
    ...{ offset, size, decay },
    ...(layerDecay && { rateFactor: rateFactor(config, name, layerDecay) }),
  }));
}

function rateFactor(config: ModelConfig, name: string, { embedding, blocks, heads }: LayerDecay): number {
  const part = partOf(config, name);
  if (part.kind === 'embedding') return embedding;
  if (part.kind === 'head') return heads;
  return stretch(blocks, part.index === 'last' ? 1 : part.index / Math.max(1, config.layers - 1));
}

/** The value at a place, from 0 to 1, of the line through a list of values. */
function stretch(values: readonly number[], place: number): number {
  const position = place * (values.length - 1);
  const before = Math.floor(position);
  const after = Math.min(before + 1, values.length - 1);
  return values[before] + (position - before) * (values[after] - values[before]);
}
