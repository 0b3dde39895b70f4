import type { Shape } from '../shape.js';
import { bytesField, type Field, integerField, joinBytes, realField } from './protobuf.js';

/** Element types by their number in the ONNX format. */
const onnxType = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
export type OnnxType = keyof typeof onnxType;

/** An attribute of a node: an integer, a list of integers, a string, or a real number. */
export type Attribute = number | readonly number[] | string | { readonly real: number };

/** Name of the operators that ONNX Runtime adds to those of the standard. */
export const runtimeDomain = 'com.microsoft';

/** `NodeProto`: one operation, of the standard unless it says otherwise. */
export function nodeProto(
  operation: string,
  {
    inputs,
    outputs,
    attributes = {},
    domain,
  }: {
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes?: Readonly<Record<string, Attribute>>;
    readonly domain?: typeof runtimeDomain;
  },
): Field[] {
  return [
    ...inputs.map((name) => bytesField(1, name)),
    ...outputs.map((name) => bytesField(2, name)),
    bytesField(4, operation),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeProto(name, value))),
    ...(domain === undefined ? [] : [bytesField(7, domain)]),
  ];
}

/** `TensorProto`: named data. */
export function tensorProto(name: string, type: OnnxType, shape: readonly number[], data: Uint8Array): Field[] {
  return [
    ...shape.map((dim) => integerField(1, dim)),
    integerField(2, onnxType[type]),
    bytesField(8, name),
    bytesField(9, data),
  ];
}

/** `ValueInfoProto`: name, type and shape of a graph input or output. */
export function valueInfoProto(name: string, type: OnnxType, shape: Shape): Field[] {
  const dims = shape.map((dim) => bytesField(1, [typeof dim === 'number' ? integerField(1, dim) : bytesField(2, dim)]));
  const tensorType = [integerField(1, onnxType[type]), bytesField(2, dims)];
  return [bytesField(1, name), bytesField(2, [bytesField(1, tensorType)])];
}

/** `ModelProto` around one graph, opset 18 of the standard. */
export function modelProto(graph: {
  readonly nodes: readonly Field[][];
  readonly initializers: readonly Field[][];
  readonly inputs: readonly Field[][];
  readonly outputs: readonly Field[][];
}): Uint8Array {
  const graphProto = [
    ...graph.nodes.map((node) => bytesField(1, node)),
    bytesField(2, 'lamm'),
    ...graph.initializers.map((tensor) => bytesField(5, tensor)),
    ...graph.inputs.map((value) => bytesField(11, value)),
    ...graph.outputs.map((value) => bytesField(12, value)),
  ];
  const opsets = Object.entries({ '': 18, [runtimeDomain]: 1 }).map(([domain, version]) =>
    bytesField(8, [bytesField(1, domain), integerField(2, version)]),
  );
  return joinBytes([integerField(1, 8), bytesField(2, 'lamm'), bytesField(7, graphProto), ...opsets]);
}

function attributeProto(name: string, value: Attribute): Field[] {
  if (typeof value === 'string') return [bytesField(1, name), bytesField(4, value), integerField(20, 3)];
  if (typeof value === 'number') return [bytesField(1, name), integerField(3, value), integerField(20, 2)];
  if ('real' in value) return [bytesField(1, name), realField(2, value.real), integerField(20, 1)];
  return [bytesField(1, name), ...value.map((item) => integerField(8, item)), integerField(20, 7)];
}
