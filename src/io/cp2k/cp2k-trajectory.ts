import { existsSync } from 'node:fs';
import { LammError } from '../../errors.js';
import { adoptStructure, type Structure } from '../../structure/structure.js';
import { atomicTime, bohr, hartree } from '../../units.js';
import { readChunks } from '../bytes/read-file.js';
import { iterateExtxyz } from '../xyz/extxyz.js';

const nameParts = /^(.*)-(pos|frc|vel)-(\d+\.xyz(?:\.gz|\.xz)?)$/;

/** Whether CP2K gives names like this one to the files of a run, such as `PROJECT-pos-1.xyz`. */
export function isCp2kTrajectory(path: string): boolean {
  return nameParts.test(path);
}

/**
 * Joins the frames of `PROJECT-pos-1.xyz` with those of `PROJECT-frc-1.xyz` and `PROJECT-vel-1.xyz` beside it, in CP2K's own units
 * (hartree/bohr, bohr per atomic unit of time), where these have a frame of the same step.  Files that CP2K has not written, as their
 * comments tell, pass through.
 *
 * @throws {LammError} `format` for a file of forces or velocities in the place of the positions, and for files of different runs.
 */
export async function* joinCp2kTrajectory(frames: AsyncIterable<Structure>, path: string): AsyncGenerator<Structure> {
  const [, project = '', part, ending] = nameParts.exec(path) ?? [];
  await using forces = new Companion(`${project}-frc-${ending}`);
  await using velocities = new Companion(`${project}-vel-${ending}`);
  for await (const frame of frames) {
    if (!isOfCp2k(frame)) {
      yield frame;
      continue;
    }
    if (part !== 'pos') {
      const what = part === 'frc' ? 'forces' : 'velocities';
      const message = `expected positions, found the ${what} of a run of CP2K; read ${project}-pos-${ending}, which takes them from here`;
      throw new LammError('format', message, { file: path, line: 2 });
    }
    yield withCompanions(frame, await forces.rowsOf(frame, path), await velocities.rowsOf(frame, path));
  }
}

function withCompanions(
  frame: Structure,
  forces: Float64Array | undefined,
  velocities: Float64Array | undefined,
): Structure {
  if (forces === undefined && velocities === undefined) return frame;
  return adoptStructure({
    ...frame,
    labels: { ...frame.labels, ...(forces && { forces: forces.map((value) => (value * hartree) / bohr) }) },
    ...(velocities && { velocities: velocities.map((value) => (value * bohr) / atomicTime) }),
  });
}

function isOfCp2k({ info, labels }: Structure): boolean {
  return typeof info.cp2k_step === 'number' && labels.energy !== undefined;
}

/** A file of forces or velocities, read as far as the positions are. */
class Companion implements AsyncDisposable {
  private readonly frames: AsyncIterator<Structure> | undefined;
  private frame: Structure | undefined;
  /** Whether `frame` is done with. */
  private isTaken = true;

  constructor(private readonly file: string) {
    this.frames = existsSync(file) ? iterateExtxyz(readChunks(file), { file }) : undefined;
  }

  /** The values of the frame that belongs to this one, [N x 3]; undefined when there is none. */
  async rowsOf(positions: Structure, path: string): Promise<Float64Array | undefined> {
    if (this.isTaken) await this.advance();
    while (this.frame !== undefined && stepOf(this.frame) < stepOf(positions)) await this.advance();
    const { frame } = this;
    if (frame === undefined || stepOf(frame) !== stepOf(positions)) return undefined;
    const isSame =
      frame.labels.energy === positions.labels.energy &&
      frame.info.time_fs === positions.info.time_fs &&
      Buffer.compare(frame.numbers, positions.numbers) === 0;
    if (!isSame) {
      const message = `step ${stepOf(frame)} has other atoms, another time or another energy than in ${path}; the two files do not belong together: remove or rename one`;
      throw new LammError('format', message, { file: this.file });
    }
    this.isTaken = true;
    return frame.positions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.frames?.return?.();
  }

  private async advance(): Promise<void> {
    this.isTaken = false;
    const next = await this.frames?.next();
    this.frame = next?.done === false ? next.value : undefined;
  }
}

/** A frame without a step belongs to none. */
function stepOf({ info }: Structure): number {
  return typeof info.cp2k_step === 'number' ? info.cp2k_step : Number.NaN;
}
