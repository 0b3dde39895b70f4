import type { Calculator } from '../../../calculators/calculator.js';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { continueMd, startMd } from '../../../md/run.js';
import type { MdOptions } from '../../../md/settings.js';
import { type Comparison, median } from '../comparison.js';
import type { BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

const stepsPerRound = 100;

const ensembles: readonly Omit<MdOptions, 'steps'>[] = [
  { ensemble: 'nve' },
  { ensemble: 'langevin' },
  { ensemble: 'bussi' },
  { ensemble: 'nose-hoover' },
  { ensemble: 'npt-rescale' },
  { ensemble: 'npt-mtk', coupling: 'isotropic' },
  { ensemble: 'npt-mtk', coupling: 'triclinic' },
];

/** What the driver takes of a step with EMT and 500 atoms: all but the time inside the calculator. */
export const driverBench: BenchGroup = async function* ({ rounds }) {
  for (const options of ensembles) yield await measureDriver(options, rounds);
};

async function measureDriver(options: Omit<MdOptions, 'steps'>, rounds: number): Promise<Comparison> {
  await using emt = createCalculator('emt');
  let inside = 0;
  const timed: Calculator = {
    ...emt,
    async calculate(system) {
      const start = performance.now();
      const result = await emt.calculate(system);
      inside += performance.now() - start;
      return result;
    },
  };
  const steps = Number.MAX_SAFE_INTEGER;
  const run = await startMd(rattledCrystal(5), timed, { steps, timestepFs: 2, temperatureK: 300, ...options });
  const states = continueMd(run, timed);
  const samples: number[] = [];
  const shares: number[] = [];
  for (let round = -1; round < rounds; round++) {
    inside = 0;
    const start = performance.now();
    for (let step = 0; step < stepsPerRound; step++) await states.next();
    const all = performance.now() - start;
    if (round < 0) continue;
    samples.push((all - inside) / stepsPerRound);
    shares.push((100 * (all - inside)) / all);
  }
  const { ensemble, coupling } = options;
  return {
    name: `driver of a step, ${[ensemble, coupling].filter((word) => word !== undefined).join(' ')}, 500 atoms`,
    ours: { median: median(samples), samples },
    note: `${median(shares).toFixed(1)} % of a step with EMT (${Math.min(...shares).toFixed(1)} to ${Math.max(...shares).toFixed(1)})`,
  };
}
