import { type CalculatorName, createCalculator } from '../../../calculators/create-calculator.js';
import type { Structure } from '../../../src/structure/structure.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

const argon = { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5 };

/** Energy, forces and stress of large systems with `--threads` threads beside one; the pair list is there already. */
export const threadsBench: BenchGroup = async function* (context) {
  for (const repeat of [14, 20, 30]) {
    const structure = rattledCrystal(repeat, { symbol: 'Ar', latticeConstant: 5.3 });
    yield await calculate({ label: 'Lennard-Jones', calculator: 'lj', options: argon, structure }, context);
  }
  for (const repeat of [14, 20]) {
    const structure = rattledCrystal(repeat);
    yield await calculate({ label: 'EMT', calculator: 'emt', options: {}, structure }, context);
  }
};

interface Calculation {
  readonly label: string;
  readonly calculator: CalculatorName;
  readonly options: object;
  readonly structure: Structure;
}

async function calculate(
  { label, calculator, options, structure }: Calculation,
  { rounds, threads }: BenchContext,
): Promise<Comparison> {
  await using many = createCalculator(calculator, { ...options, threads });
  await using one = createCalculator(calculator, { ...options, threads: 1 });
  const { energy } = await many.calculate(structure);
  const alone = (await one.calculate(structure)).energy;
  const name = `${label}, ${structure.numbers.length} atoms, ${threads} threads`;
  if (energy !== alone) throw new Error(`${name}: energy ${energy} eV, one thread has ${alone} eV`);
  const times =
    (count: number, { calculate }: typeof one) =>
    async () => {
      const start = performance.now();
      for (let k = 0; k < count; k++) await calculate(structure);
      return (performance.now() - start) / count;
    };
  return await compare({ name, ours: times(10, many), peer: { name: 'one thread', timed: times(10, one) } }, rounds);
}
