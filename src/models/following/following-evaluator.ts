import { openSession } from '../../runtime/open-session.js';
import type { Runnable, RuntimeOptions, Session, TensorData, Traffic } from '../../runtime/session.js';
import type { AtomicSystem } from '../../structure/structure.js';
import { repulsionOf } from '../close-pairs.js';
import type { WantedOutputs } from '../graph-evaluator.js';
import { kindOf, layoutFor, type ModelConfig } from '../kinds.js';
import type { Model } from '../model.js';
import type { EvaluatorOptions } from '../open-evaluator.js';
import { constantWeights } from '../parameters.js';
import type { SystemsEvaluation, SystemsEvaluator } from '../systems-evaluator.js';
import { closeEdgesOf, type ListedSystems, listSystems, listsHold, stepFeeds } from './listed-systems.js';
import { movingGraph, resultColumns } from './moving-graph.js';

/** Evaluates systems on a device, which keeps their lists. */
export interface FollowingEvaluator extends SystemsEvaluator {
  readonly traffic?: Traffic;
}

export interface FollowingOptions {
  readonly wanted: WantedOutputs;
  /** In A, how much longer than the cutoff edges of a system with a reference are listed. */
  readonly skin: number;
  readonly runtime: RuntimeOptions;
}

/** Whether lists stay on a device while atoms move: one that keeps them is asked for, and the model allows it. */
export function followsSystems(
  config: ModelConfig,
  { device, engine = 'onnx', worker = false, precision = 'float32' }: EvaluatorOptions,
): boolean {
  if (device !== 'webgpu' || engine !== 'onnx' || worker || precision !== 'float32') return false;
  return kindOf(config).edgesVanish?.(config) === true;
}

/**
 * Opens one head of a model on a device, with its weights; nothing where the device is not there, but `notices` of it.
 *
 * Lists stay there as long as the same systems come with the same references, see `AtomicSystem`: then one array is sent
 * for a step, the moves of the atoms, and one comes back.  An answer depends on the systems and their references alone,
 * not on what was asked before.
 */
export async function openFollowingEvaluator(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  { wanted, skin, runtime }: FollowingOptions,
): Promise<{ readonly evaluator?: FollowingEvaluator; readonly notices: readonly string[] }> {
  const weights = constantWeights(layoutFor(config), parameters);
  const session = await openSession(movingGraph(config, weights, wanted), runtime);
  const { notices, device } = session;
  if (device === runtime.device) return { evaluator: createFollowing(session, { config, skin }), notices };
  await session[Symbol.asyncDispose]();
  return { notices };
}

function createFollowing(
  session: Session,
  range: { readonly config: ModelConfig; readonly skin: number },
): FollowingEvaluator {
  let held: { readonly listed: ListedSystems; readonly graph: Runnable } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function release(): Promise<void> {
    const { graph } = held ?? {};
    held = undefined;
    await graph?.[Symbol.asyncDispose]();
  }

  async function listsOf(systems: readonly AtomicSystem[]): Promise<NonNullable<typeof held>> {
    if (held !== undefined && listsHold(held.listed, systems, range)) return held;
    await release();
    const listed = listSystems(systems, range);
    held = { listed, graph: await session.hold(listed.feeds) };
    return held;
  }

  async function evaluate(systems: readonly AtomicSystem[]): Promise<SystemsEvaluation> {
    const { listed, graph } = await listsOf(systems);
    const repulsions = listed.systems.map((system, index) =>
      repulsionOf(system.numbers, closeEdgesOf(system, systems[index]), range.config),
    );
    const { results, features } = await graph.run(stepFeeds(listed, systems));
    return { ...unpack(results, systems, range.config), features: features?.data, repulsions };
  }

  return {
    notices: session.notices,
    traffic: session.traffic,
    evaluate(systems) {
      const answer = last.then(() => evaluate(systems));
      last = answer.catch(() => undefined); // which who asked is told
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await release();
      await session[Symbol.asyncDispose]();
    },
  };
}

/** The columns of `results`, apart. */
function unpack(
  { data, shape: [atomCount, width] }: TensorData,
  systems: readonly AtomicSystem[],
  { forces: kindOfForces }: ModelConfig,
): Omit<SystemsEvaluation, 'repulsions'> {
  const columns = (start: number, count: number) => {
    const values = new Float64Array(atomCount * count);
    values.forEach((_, at) => {
      values[at] = data[Math.floor(at / count) * width + start + (at % count)];
    });
    return values;
  };
  const rest = columns(resultColumns.rest, width - resultColumns.rest);
  const [energies, forces] = [columns(resultColumns.energy, 1), columns(resultColumns.forces, 3)];
  if (kindOfForces === 'conservative') return { energies, forces, strainDerivatives: strainOf(rest, systems) };
  return { energies, forces, ...(rest.length > 0 && { stressParts: rest }) };
}

/** Sums over the atoms of each system, symmetric, in Voigt order: [N x 9] -> [G x 6]. */
function strainOf(shares: Float64Array, systems: readonly AtomicSystem[]): Float64Array {
  const derivatives = new Float64Array(6 * systems.length);
  let at = 0;
  for (const [index, { numbers }] of systems.entries()) {
    for (const end = at + 9 * numbers.length; at < end; at += 9) {
      const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = shares.subarray(at, at + 9);
      for (const [place, value] of [xx, yy, zz, (yz + zy) / 2, (xz + zx) / 2, (xy + yx) / 2].entries()) {
        derivatives[6 * index + place] += value;
      }
    }
  }
  return derivatives;
}
