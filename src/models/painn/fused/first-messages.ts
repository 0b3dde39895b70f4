import type { PainnConfig } from '../config.js';
import { type Parameter, type ParameterReader, sentFactor } from './parameter-reader.js';

/**
 * What atoms send in the first layer, where it depends on the element alone: packets of a and C, [elements x h / 4 x 2
 * x 4].
 */
export function firstMessages({ channels: h, elementCount }: PainnConfig, read: ParameterReader): Float32Array {
  const name = 'message_layers.0';
  const embedding = read('atom_emb.embeddings.weight').data;
  const packets = new Float32Array(elementCount * 2 * h);
  for (let element = 0; element < elementCount; element++) {
    const x = normalized(embedding.subarray(element * h, (element + 1) * h), read, `${name}.x_layernorm`);
    const hidden = linear(x, read(`${name}.x_proj.0.weight`), read(`${name}.x_proj.0.bias`));
    const activated = hidden.map((value) => value / (1 + Math.exp(-value)) / 0.6);
    const sent = linear(activated, read(`${name}.x_proj.2.weight`), read(`${name}.x_proj.2.bias`));
    for (let channel = 0; channel < h; channel++) {
      const place = element * 2 * h + 8 * Math.floor(channel / 4) + (channel % 4);
      packets[place] = sent[channel];
      packets[place + 4] = sent[2 * h + channel] * sentFactor(2 * h, h);
    }
  }
  return packets;
}

function normalized(x: Float32Array, read: ParameterReader, name: string): Float64Array {
  const [weight, bias] = [read(`${name}.weight`).data, read(`${name}.bias`).data];
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return Float64Array.from(x, (value, k) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[k] + bias[k]);
}

function linear(x: Float64Array, weights: Parameter, biases: Parameter): Float64Array {
  return Float64Array.from(biases.data, (bias, row) => {
    let sum = bias;
    for (let k = 0; k < x.length; k++) sum += weights.data[row * weights.width + k] * x[k];
    return sum;
  });
}
