import type { TensorNode } from './node.js';
import { add, concat, filled } from './operations.js';
import type { Shape } from './shape.js';

/** The derivative with respect to elements `start` to `end` (exclusive) along an axis. */
export interface SliceDerivative {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly of: TensorNode;
}

/**
 * Derivatives with respect to a tensor of shape `shape`, whose sum `slices` give.  Slices that do not overlap are
 * joined to one tensor, rather than each filled up with zeros and added to the others: a tensor cut into parts is
 * written once.
 */
export function joinSlices(slices: readonly SliceDerivative[], shape: Shape): TensorNode[] {
  const layers: SliceDerivative[][] = [];
  for (const slice of withoutRepetitions(slices)) {
    const layer = layers.find((others) => others.every((other) => areApart(slice, other)));
    if (layer === undefined) layers.push([slice]);
    else layer.push(slice);
  }
  return layers.map((layer) => joinLayer(layer, shape));
}

/** One derivative for each place, the sum of all that are there. */
function withoutRepetitions(slices: readonly SliceDerivative[]): SliceDerivative[] {
  const places = new Map<string, SliceDerivative>();
  for (const slice of slices) {
    const place = `${slice.axis} ${slice.start} ${slice.end}`;
    const before = places.get(place);
    places.set(place, before === undefined ? slice : { ...slice, of: add(before.of, slice.of) });
  }
  return [...places.values()];
}

function areApart(a: SliceDerivative, b: SliceDerivative): boolean {
  return a.axis === b.axis && (a.end <= b.start || b.end <= a.start);
}

/** Slices of one axis that do not overlap, with zeros between them. */
function joinLayer(slices: readonly SliceDerivative[], shape: Shape): TensorNode {
  const { axis } = slices[0];
  const parts: TensorNode[] = [];
  let place = 0;
  const fillTo = (start: number) => {
    if (start > place) parts.push(filled(0, shape.with(axis, start - place)));
  };
  for (const { start, end, of } of slices.toSorted((a, b) => a.start - b.start)) {
    fillTo(start);
    parts.push(of);
    place = end;
  }
  fillTo(Number(shape[axis])); // slices exist only along axes of known length
  return concat(parts, axis);
}
