import { createModelCalculator, type ModelCalculator } from '../../../calculators/model-calculator.js';
import { createDriftMeter, driftOf, measureDrift } from '../../../md/drift-meter.js';
import { continueMd, startMd } from '../../../md/run.js';
import type { ModelEngine } from '../../../src/models/open-evaluator.js';
import { type Comparison, compare, median } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { rattledCrystal } from '../copper.js';

const timestepFs = 2;
/** Of a day. */
const milliseconds = 86_400_000;

/** Steps of a simulation that somebody else waits for, one after another. */
type Steps = Awaited<ReturnType<typeof startSteps>>;

/** The embedded models of crystals and of molecules and metals, and heads of theirs that know copper. */
const heads = { 'lamm-s': 'crystals', 'lamm-s-joint': 'pbe' } as const;
type ModelName = keyof typeof heads;

/** Velocity-Verlet steps of copper with embedded models, `--threads` threads beside one: 108 to 32,000 atoms. */
export const ratesBench: BenchGroup = async function* (context) {
  for (const repeat of [3, 5, 10]) yield await rate('lamm-s', repeat, context);
  for (const repeat of [3, 5, 10, 20]) yield await rate('lamm-s-joint', repeat, context);
};

async function rate(model: ModelName, repeat: number, { rounds, threads }: BenchContext): Promise<Comparison> {
  await using many = open({ model, threads });
  await using one = open({ model, threads: 1 });
  const [ours, peer] = [await startSteps(many, repeat), await startSteps(one, repeat)];
  const atoms = 4 * repeat ** 3;
  const count = Math.max(3, Math.round(4000 / atoms));
  const name = `MD step, ${model}, ${atoms} atoms, ${threads} threads`;
  const contenders = {
    name,
    ours: () => timeOf(ours, count),
    peer: { name: 'one thread', timed: () => timeOf(peer, count) },
  };
  const row = await compare(contenders, rounds);
  const [fastest, alone] = [row.ours, row.peer].map((timing) => Math.min(...(timing?.samples ?? [])));
  const tell = (ms: number) =>
    `${((1000 * ms) / atoms).toFixed(1)} us an atom and step, ${((1e-6 * timestepFs * milliseconds) / ms).toPrecision(3)} ns/day`;
  return { ...row, note: `fastest: ${tell(fastest)}; one thread ${tell(alone)}; steps of ${timestepFs} fs` };
}

/**
 * Drift of the energy of 108 copper atoms over 20 ps at constant energy, by the fused kernels and by the tensor graph.
 */
export const driftBench: BenchGroup = async function* () {
  await using fused = open({ model: 'lamm-s-joint', threads: 1, engine: 'fused' });
  await using graph = open({ model: 'lamm-s-joint', threads: 1, engine: 'onnx' });
  const runs = [await startSteps(fused, 3), await startSteps(graph, 3)];
  const samples: number[][] = [[], []];
  for (let piece = 0; piece < 20; piece++) {
    for (const [index, run] of runs.entries()) samples[index].push(await timeOf(run, 500));
  }
  const [ours, theirs] = samples.map((times) => ({ median: median(times), samples: times }));
  const ratios = theirs.samples.map((time, index) => time / ours.samples[index]);
  const [mine, other] = runs.map(({ drift }) => drift());
  yield {
    name: `MD step, lamm-s-joint, 108 atoms, 20 ps at constant energy`,
    ours,
    peer: { ...theirs, name: 'graph' },
    ratio: { ofMedians: theirs.median / ours.median, low: Math.min(...ratios), high: Math.max(...ratios) },
    note: `drift ${mine}, graph ${other} meV/atom/ps`,
  };
};

interface Opening {
  readonly model: ModelName;
  readonly threads: number;
  readonly engine?: ModelEngine;
}

function open(opening: Opening): ModelCalculator {
  return createModelCalculator({ ...opening, head: heads[opening.model] });
}

/** A simulation of a rattled crystal of `repeat`^3 cells, with the drift so far. */
async function startSteps(calculator: ModelCalculator, repeat: number) {
  const run = await startMd(rattledCrystal(repeat), calculator, {
    steps: Number.MAX_SAFE_INTEGER,
    timestepFs,
    velocities: 'keep',
    ensemble: 'nve',
  });
  const states = continueMd(run, calculator);
  await states.next();
  const meter = createDriftMeter();
  return {
    async step() {
      await states.next();
      measureDrift(meter, run.state, timestepFs);
    },
    drift() {
      const { driftMevPerAtomPerPs: drift, driftErrorMevPerAtomPerPs: error = 0 } = driftOf(meter, timestepFs);
      return `${drift.toExponential(1)} +- ${error.toExponential(1)}`;
    },
  };
}

/** Time of a step, in ms. */
async function timeOf({ step }: Steps, count: number): Promise<number> {
  const start = performance.now();
  for (let k = 0; k < count; k++) await step();
  return (performance.now() - start) / count;
}
