import { LammError } from '../../errors.js';
import { indexOfFrame, splitFrameChoice } from '../../io/frame-choice.js';
import { iterateStructures } from '../../io/read-structures.js';
import { describeOverlap } from '../../neighbors/overlap.js';
import type { Structure } from '../../structure/structure.js';
import type { TaskContext } from '../context.js';
import type { InputSettings } from './structure-settings.js';
import { describeElectrons } from './unused-electrons.js';

/** One frame of one input file. */
export interface Input {
  readonly file: string;
  /** Number of the frame in its file, from 1. */
  readonly frame: number;
  readonly structure: Structure;
}

/** The one frame of `file` that a simulation starts from: the only one, or number `frame` counted from 1. */
export async function loadOneInput(
  argument: string,
  { frame, tell, ...choice }: InputSettings & Pick<TaskContext, 'tell'> & { readonly frame?: number } = {},
): Promise<Structure> {
  const { file, wanted } = splitFrameChoice(argument);
  const frames = await loadFrames(file, choice, (notice) => tell?.(`${file}: ${notice}`));
  const chosen = wanted ?? frame?.toString();
  if (chosen !== undefined || frames.length === 1) {
    const { structure } = frameOf(frames, chosen ?? '1', file);
    const overlap = describeOverlap(structure);
    for (const text of [overlap, describeElectrons(structure)]) if (text !== undefined) tell?.(`${file}: ${text}`);
    return structure;
  }
  throw new LammError('usage', `expected one structure, found ${frames.length}; choose one with \`frame\``, { file });
}

/** A frame, or why it is refused. */
export type Frame = Structure | LammError;

/** All frames of a file: one that is refused does not stand in the way of the others. */
export async function loadFrames(
  file: string,
  { occupancy, keepUnconverged }: InputSettings,
  onNotice: (notice: string) => void,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const onRefused = (error: LammError) => frames.push(error);
  const options = { occupancy, keepUnconverged, onRefused, onNotice };
  for await (const structure of iterateStructures(file, options)) frames.push(structure);
  return frames;
}

/** The frame of that number or name. */
export function frameOf(frames: readonly Frame[], wanted: string, file: string): Input {
  const index = indexOfFrame(frames, wanted, file);
  const structure = frames[index];
  if (structure instanceof LammError) throw structure;
  return { file, frame: index + 1, structure };
}
