/** Energies of atoms, out = hidden . weight + bias, summed in double precision; rows of `hidden` are `width` long, a multiple of 4. */
export function readEnergies(atoms: i32, width: i32, hidden: usize, weight: usize, bias: f64, out: usize): void {
  const row = <usize>width * 4;
  for (let atom = 0; atom < atoms; atom++, hidden += row, out += 8) {
    let energy = bias;
    for (let at: usize = 0; at < row; at += 4) energy += <f64>load<f32>(hidden + at) * <f64>load<f32>(weight + at);
    store<f64>(out, energy);
  }
}

/** The same row for every atom: the derivative of its energy by `hidden`. */
export function repeatRow(atoms: i32, width: i32, row: usize, out: usize): void {
  const bytes = <usize>width * 4;
  for (let atom = 0; atom < atoms; atom++, out += bytes) memory.copy(out, row, bytes);
}

/** Sets bytes to zero. */
export function clear(bytes: usize, address: usize): void {
  memory.fill(address, 0, bytes);
}
