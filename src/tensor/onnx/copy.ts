import type { OnnxInput } from './lower.js';
import { modelProto, nodeProto, valueInfoProto } from './model-proto.js';

/** The output of a copying graph that an input comes out by. */
export function copyOf(name: string): string {
  return `copy of ${name}`;
}

/** A graph in the ONNX format that gives its inputs back as they are: what a device does so lies in its memory. */
export function copyingModel(inputs: readonly OnnxInput[]): Uint8Array {
  return modelProto({
    nodes: inputs.map(({ name }) => nodeProto('Identity', { inputs: [name], outputs: [copyOf(name)] })),
    initializers: [],
    inputs: inputs.map(({ name, type, shape }) => valueInfoProto(name, type, shape)),
    outputs: inputs.map(({ name, type, shape }) => valueInfoProto(copyOf(name), type, shape)),
  });
}
