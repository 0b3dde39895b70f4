// Relaxes argon atoms that were pushed off their places, step by step, and writes the result with its energies.
import { fileURLToPath } from 'node:url';
import { createCalculator, readStructures, relaxSteps, writeStructures } from 'lamm';

const [structure] = await readStructures(fileURLToPath(new URL('structures/argon.xyz', import.meta.url)));
const calculator = createCalculator('lj', { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5, smooth: true });

const steps = relaxSteps(structure, calculator, { optimizer: 'fire', fmax: 1e-4, maxSteps: 500 });
let turn = await steps.next();
while (!turn.done) {
  const { step, energy, fmax } = turn.value;
  if (step % 20 === 0) console.log(`step ${step}: energy ${energy.toFixed(6)} eV, fmax ${fmax.toExponential(2)} eV/A`);
  turn = await steps.next();
}
console.log(`${turn.value.converged ? 'converged' : 'not converged'} after ${turn.value.step} steps`);
await writeStructures('argon-relaxed.extxyz', [turn.value.structure]);
await calculator[Symbol.asyncDispose]();
