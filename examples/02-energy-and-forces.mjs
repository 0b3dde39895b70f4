// Energy, forces and stress of a crystal from a CIF, under increasing compression: the equation of state of copper.
import { fileURLToPath } from 'node:url';
import { createCalculator, createStructure, GPa, readStructures } from 'lamm';

const [crystal] = await readStructures(fileURLToPath(new URL('structures/copper.cif', import.meta.url)));
const calculator = createCalculator('emt');

console.log('volume (A^3/atom)  energy (eV/atom)  pressure (GPa)');
for (const scale of [0.96, 0.98, 1, 1.02, 1.04]) {
  const structure = createStructure({
    numbers: crystal.numbers,
    positions: crystal.positions.map((value) => value * scale),
    cell: crystal.cell.map((value) => value * scale),
  });
  const { energy, stress } = await calculator.calculate(structure);
  const atoms = structure.numbers.length;
  const volume = Math.abs(structure.cell[0] * structure.cell[4] * structure.cell[8]); // the cell is a box
  const pressure = -(stress[0] + stress[1] + stress[2]) / 3 / GPa; // stress is positive under tension, pressure is not
  console.log(
    `${(volume / atoms).toFixed(3).padStart(17)}  ${(energy / atoms).toFixed(5).padStart(16)}  ${pressure.toFixed(2).padStart(14)}`,
  );
}
await calculator[Symbol.asyncDispose]();
