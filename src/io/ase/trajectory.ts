import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import type { ByteSource } from '../bytes/byte-source.js';
import type { InputBudget } from '../bytes/input-budget.js';
import { structureOfRow } from './row.js';
import { lengthOfArray, openUlm, readUlmItem, resolveArrays, type UlmFile } from './ulm.js';
import { isObject, type JsonObject } from './values.js';

/** The frames of an ASE trajectory (`.traj`), to be read in any order. */
export interface AseTrajectory {
  readonly count: number;
  read(frame: number): Structure;
  /** Number of atoms of a frame, without reading its arrays. */
  atomCount(frame: number): number;
}

/**
 * Opens an ASE trajectory; `budget` bounds what all frames together may cost, each has its own when it is absent.
 * Frames that say nothing of their elements, periodicity, masses and constraints have those of the first.
 *
 * @throws {LammError} `format`, with the file and the frame, here or when a frame is read.
 */
export function openAseTrajectory(source: ByteSource, budget?: InputBudget): AseTrajectory {
  const ulm = openUlm(source);
  const { file } = source;
  if (ulm.tag !== 'ASE-Trajectory') {
    throw new LammError(
      'format',
      `expected an ASE trajectory, found a ULM file of the kind ${JSON.stringify(ulm.tag)}`,
      { file },
    );
  }
  if (ulm.offsets.length === 0)
    throw new LammError('format', 'expected at least one frame, found an empty trajectory', { file });
  let first: JsonObject | undefined;
  const headerOf = () => {
    first ??= pick(
      resolveArrays(
        source,
        pick(readUlmItem(ulm, 0), (name) => headerKeys.has(name.replace(/\.$/, ''))),
      ),
    );
    return first;
  };
  return {
    count: ulm.offsets.length,
    read: (frame) => atFrame(source, frame, () => readFrame(ulm, frame, { headerOf, budget })),
    atomCount: (frame) =>
      atFrame(source, frame, () => {
        const count = lengthOfArray(readUlmItem(ulm, frame), 'positions');
        if (count !== undefined) return count;
        throw new LammError('format', 'expected an array of positions');
      }),
  };
}

/** Reads all frames of a trajectory. */
export function* iterateAseTrajectory(source: ByteSource): Generator<Structure> {
  const trajectory = openAseTrajectory(source, source.budget);
  for (let frame = 0; frame < trajectory.count; frame++) yield trajectory.read(frame);
}

const headerKeys: ReadonlySet<string> = new Set(['pbc', 'numbers', 'masses', 'constraints']);
/** What a frame says of itself; `magmoms` and `charges` are those that a calculation started from. */
const frameKeys = {
  positions: 'positions',
  cell: 'cell',
  momenta: 'momenta',
  tags: 'tags',
  magmoms: 'initial_magmoms',
  charges: 'initial_charges',
  info: 'info',
};

function readFrame(
  { source, ...ulm }: UlmFile,
  frame: number,
  { headerOf, budget }: { headerOf: () => JsonObject; budget?: InputBudget },
): Structure {
  const item = resolveArrays(source, readUlmItem({ source, ...ulm }, frame), budget);
  const header = 'numbers' in item ? pick(item) : headerOf();
  const own = Object.entries(frameKeys).flatMap(([name, key]) =>
    item[name] === undefined ? [] : [[key, item[name]] as const],
  );
  const { name: calculator, parameters: _, ...results } = isObject(item.calculator) ? item.calculator : {};
  return structureOfRow({
    ...results,
    ...(calculator !== undefined && { calculator }),
    ...header,
    ...Object.fromEntries(own),
  });
}

function pick(item: JsonObject, isWanted = (name: string) => headerKeys.has(name)): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => isWanted(name)));
}

/** Errors of a frame say which one it is. */
function atFrame<T>({ file }: ByteSource, frame: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError) || error.details.file !== undefined) throw error;
    throw new LammError(error.code, `frame ${frame + 1}: ${error.message}`, { ...error.details, file });
  }
}
