// Molecular dynamics of copper with a thermostat; the caller of the loop decides what to measure.
// Argument: number of steps.
import { fileURLToPath } from 'node:url';
import { createCalculator, readStructures, repeatStructure, runMd, temperature } from 'lamm';

const steps = Number(process.argv[2] ?? 1000);
const [crystal] = await readStructures(fileURLToPath(new URL('structures/copper.cif', import.meta.url)));
const structure = repeatStructure(crystal, [3, 3, 3]);
const calculator = createCalculator('emt');

const run = runMd(structure, calculator, { steps, timestepFs: 5, ensemble: 'langevin', temperatureK: 600, seed: 1 });
let turn = await run.next();
while (!turn.done) {
  const state = turn.value;
  if (state.step % 200 === 0) {
    console.log(
      `${state.step * 5} fs: ${temperature(state).toFixed(0)} K, displacement ${displacement(state).toFixed(3)} A`,
    );
  }
  turn = await run.next();
}
const { stepsPerSecond, temperature: mean } = turn.value;
console.log(`${steps} steps at ${stepsPerSecond.toFixed(0)} steps/s, ${mean.toFixed(0)} K on average`);
await calculator[Symbol.asyncDispose]();

/** Root mean square distance of the atoms from where they started. */
function displacement({ positions }) {
  const squares = positions.map((value, index) => (value - structure.positions[index]) ** 2);
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / structure.numbers.length);
}
