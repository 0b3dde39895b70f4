// `npm run demo`: relaxes crystals and runs molecular dynamics with the command line, then shows what came out.
// Arguments: number of MD steps, repetitions of the copper cell, calculator.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readStructures } from 'lamm';

const [steps = '2000', supercell = '3,3,3', calculator = 'lamm-s'] = process.argv.slice(2);
const folder = 'runs/demo';
mkdirSync(folder, { recursive: true });

console.log(`Crystals relaxed, cell and atoms, with ${calculator}:\n`);
const crystals = [
  ...['quartz', 'sodium-chloride', 'gallium-arsenide', 'rutile', 'lithium-iron-phosphate', 'cementite', 'ice'],
  ...['copper', 'silicon', 'ni4mo'],
];
const header = ['crystal', 'atoms', 'steps', 'energy (eV/atom)', 'fmax (eV/A)', 'volume (A^3/atom)', 'at the start'];
printTable([header, ...(await relaxAll(crystals))]);

// From a perfect crystal half of the kinetic energy becomes potential energy: 600 K at the start is about 300 K on
// average.
console.log(`\nMolecular dynamics of copper at constant energy, ${steps} steps of 1 fs:\n`);
const conditions = ['--supercell', supercell, '--steps', steps, '--temperature', '600 K', '--ensemble', 'nve'];
const md = lamm('md', structurePath('copper'), ...conditions, '--trajectory', `${folder}/copper.extxyz`);
printTable([
  ['atoms', `${md.atomCount}`],
  ['speed', `${md.stepsPerSecond.toFixed(1)} steps/s`],
  ['', `${md.nsPerDay.toFixed(2)} ns/day`],
  ['mean temperature', `${md.temperature.toFixed(1)} K`],
  ['energy drift', `${md.driftMevPerAtomPerPs.toFixed(4)} meV/atom/ps`],
]);
console.log(`\nThe relaxed crystals, the trajectory and its log are in ${folder}/.`);

/** Relaxes crystals of the structures folder and gives their rows of the table. */
async function relaxAll(names) {
  const out = `${folder}/crystals.extxyz`;
  const { results } = lamm('relax', ...names.map(structurePath), '--cell', '--fmax', '0.01 eV/A', '--out', out);
  const relaxed = await readStructures(out);
  return Promise.all(
    names.map(async (name, index) => {
      const { steps, energy, fmax } = results[index];
      const [start] = await readStructures(structurePath(name));
      const atoms = start.numbers.length;
      const volumes = [relaxed[index], start].map((structure) => (volumeOf(structure) / atoms).toFixed(3));
      return [name, `${atoms}`, `${steps}`, (energy / atoms).toFixed(4), fmax.toFixed(4), ...volumes];
    }),
  );
}

/** Runs `lamm` with `--json` and gives the object that it prints. */
function lamm(...args) {
  const program = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
  const options = ['--calculator', calculator, '--json', '--force'];
  const { status, stdout } = spawnSync(process.execPath, [program, ...args, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) {
    console.error(`lamm ${args[0]} ended with exit code ${status}`);
    process.exit(status ?? 1);
  }
  return JSON.parse(stdout);
}

function structurePath(name) {
  return fileURLToPath(new URL(`structures/${name}.cif`, import.meta.url));
}

function volumeOf({ cell: [ax, ay, az, bx, by, bz, cx, cy, cz] }) {
  return Math.abs(ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx));
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(
      `  ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join('  ')}`,
    );
  }
}
