/**
 * What is known of an edge, 32 bytes:
 * sender, interval of the filter tables, place t in it from 0 to 1, unit vector u from receiver to sender (3), 1/r, kind of the sender.
 */
export const edgeBytes: usize = 32;

export function senderOf(edge: usize): usize {
  return <usize>load<u32>(edge);
}

export function intervalOf(edge: usize): usize {
  return <usize>load<u32>(edge, 4);
}

export function kindOf(edge: usize): usize {
  return <usize>load<u32>(edge, 28);
}
