/** Calculates on WebGPU as on the CPU, and writes what came of it as JSON: drivers are read when a process starts. */
import { createModelCalculator, type ModelCalculator } from '../../calculators/model-calculator.js';
import { mdCheckpoint, restoreMd } from '../../md/record/md-checkpoint.js';
import { type RelaxPoint, relaxSteps } from '../../md/relax/relax.js';
import { continueMd, type MdRun, startMd } from '../../md/run.js';
import { openFollowingEvaluator } from '../../src/models/following/following-evaluator.js';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import { type AtomicSystem, createStructure } from '../../src/structure/structure.js';
import * as t from '../../src/tensor/operations.js';
import { largestDifference } from './compare.js';
import { tinyPainn } from './tiny-painn.js';

const model = tinyPainn();
const device = 'webgpu';
const skin = 0.1; // so that lists are made anew every few steps
const crystal = createStructure({
  symbols: ['Cu', 'O', 'Cu'],
  positions: [0, 0, 0, 1.8, 0.2, 0, 0.3, 1.9, 0.4],
  cell: [4.3, 0, 0, 0.4, 4.1, 0, 0, 0.3, 4.2],
});
const alone = createStructure({ symbols: ['Cu'], positions: [1, 2, 3] });

/** The crystal near where it was listed, stretched by `factor`. */
function movedBy(amount: number, factor = 1): AtomicSystem {
  const { positions, cell } = crystal;
  return {
    ...crystal,
    positions: positions.map((x, at) => factor * x + amount * Math.sin(3 * at + 1)),
    cell: cell.map((x) => factor * x),
    reference: crystal,
  };
}

/** The largest differences of what both calculators say of systems at once. */
async function compare(gpu: ModelCalculator, cpu: ModelCalculator, systems: readonly AtomicSystem[]) {
  const [ours, theirs] = [await gpu.calculateMany(systems), await cpu.calculateMany(systems)];
  const largest = (of: (place: number) => number) => Math.max(...systems.map((_, place) => of(place)));
  return {
    energy: largest((place) => Math.abs(ours[place].energy / theirs[place].energy - 1)),
    forces: largest((place) => largestDifference(ours[place].forces, theirs[place].forces)),
    stress: largest((place) => largestDifference(ours[place].stress ?? [], theirs[place].stress ?? [])),
  };
}

/** What is sent for each of a few steps, and what lies on the device meanwhile. */
async function measureTraffic() {
  const { evaluator } = await openFollowingEvaluator(model, { wanted: { head: 0 }, skin, runtime: { device } });
  const traffic: unknown[] = [];
  const note = async (systems: readonly AtomicSystem[]) => {
    await evaluator?.evaluate(systems);
    traffic.push({ ...evaluator?.traffic });
  };
  for (const amount of [0, 0.01, 0.02]) await note([movedBy(amount)]);
  await note([movedBy(0.01, 1.001)]);
  for (const amount of [0, 0.01]) await note([movedBy(amount), movedBy(2 * amount)]);
  await evaluator?.[Symbol.asyncDispose]();
  return [...traffic, { ...evaluator?.traffic }];
}

/** What is told of a graph that the device leaves to the CPU, as those in double precision; it runs there. */
async function noticesOfDoubles(): Promise<readonly string[]> {
  const output = t.multiply(t.input('x', ['n']), 2);
  await using session = await createOnnxSession({ output }, { device, precision: 'float64' });
  const { output: doubled } = await session.run({ x: { data: Float64Array.of(1, 2), shape: [2] } });
  return [...session.notices, ...Array.from(doubled.data, String)];
}

async function advance(run: MdRun, calculator: ModelCalculator): Promise<{ run: MdRun; places: number }> {
  const places = new Set<unknown>();
  for await (const { reference } of continueMd(run, calculator)) places.add(reference);
  return { run, places: places.size };
}

/** A simulation without a break beside one that was resumed half way, from lists made some steps before. */
async function simulate(calculator: ModelCalculator) {
  const options = { steps: 8, timestepFs: 2, temperatureK: 1500, ensemble: 'langevin' as const, seed: 4 };
  const whole = await advance(await startMd(crystal, calculator, options), calculator);
  const half = await advance(await startMd(crystal, calculator, { ...options, steps: 4 }), calculator);
  const settings = { origin: {}, trajectoryEvery: 1, logEvery: 1 };
  const { progress } = structuredClone(mdCheckpoint(half.run, { structure: crystal, settings }));
  if (progress === undefined) throw new Error('the simulation has begun');
  const resumed = restoreMd(progress, crystal, { options: { ...half.run.options, steps: 8 }, file: 'checkpoint' });
  await advance(resumed, calculator);
  const bits = ({ state }: MdRun) => [...state.positions, ...state.momenta, state.potentialEnergy];
  return { places: whole.places, whole: bits(whole.run), resumed: bits(resumed) };
}

/** A relaxation without a break beside one that went on from a point on its way. */
async function relaxTwice(calculator: ModelCalculator) {
  const options = { maxSteps: 6, fmax: 1e-6 };
  let point: RelaxPoint | undefined;
  const places = new Set<unknown>();
  const toEnd = async (from?: RelaxPoint) => {
    let bits: number[] = [];
    for await (const frame of relaxSteps(crystal, calculator, { ...options, from })) {
      const { step, coordinates, optimizerState, reference } = frame;
      if (step === 3) point ??= structuredClone({ step, coordinates, optimizerState, reference });
      if (from === undefined) places.add(reference);
      bits = [...coordinates, ...frame.result.forces, frame.energy];
    }
    return bits;
  };
  const whole = await toEnd();
  return { places: places.size, whole, resumed: await toEnd(point) };
}

const notices: string[] = [];
const about = { model, skin, threads: 1 };
await using gpu = createModelCalculator({ ...about, device, onNotice: (notice) => notices.push(notice) });
await using cpu = createModelCalculator({ ...about, engine: 'onnx' });
const bare = await compare(gpu, cpu, [crystal]);
const isHere = notices.length === 0;
const report = {
  notices,
  ...(isHere && {
    compared: {
      bare,
      moved: await compare(gpu, cpu, [movedBy(0.02)]),
      stretched: await compare(gpu, cpu, [movedBy(0.01, 1.002)]),
      together: await compare(gpu, cpu, [movedBy(0.02), alone, movedBy(0.01, 0.999)]),
    },
    traffic: await measureTraffic(),
    ofDoubles: await noticesOfDoubles(),
    simulated: await simulate(gpu),
    relaxed: await relaxTwice(gpu),
  }),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
