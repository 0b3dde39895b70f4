import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import { adoptStructure, type Structure } from '../../structure/structure.js';
import { atomicTime, bohr, hartree } from '../../units.js';
import { readChunks } from '../bytes/read-file.js';
import { iterateExtxyz } from '../xyz/extxyz.js';
import { bareCp2kNote } from '../xyz/foreign-cell.js';
import { Cp2kCellFile } from './cp2k-cell-file.js';

const nameParts = /^(.*)-(pos|frc|vel)-((\d+)\.xyz(\.gz|\.xz)?)$/;

/** Whether CP2K gives names like this one to the files of a run, such as `PROJECT-pos-1.xyz`. */
export function isCp2kTrajectory(path: string): boolean {
  return nameParts.test(path);
}

/** The file of the cells of a run beside its positions; undefined when there is none. */
function cellFileOf(path: string): string | undefined {
  const [, project = '', , , run, packing = ''] = nameParts.exec(path) ?? [];
  return [packing, '', '.gz', '.xz']
    .map((ending) => `${project}-${run}.cell${ending}`)
    .find((file) => existsSync(file));
}

type Notify = ((notice: string) => void) | undefined;

/** What is told of the frames of such a trajectory alone; beside a file with its cells, it has these. */
export function noticesOfCp2kFrames(path: string, onNotice: Notify): Notify {
  if (onNotice === undefined || cellFileOf(path) === undefined) return onNotice;
  return (notice) => {
    if (!notice.startsWith(bareCp2kNote)) onNotice(notice);
  };
}

/**
 * Joins the frames of `PROJECT-pos-1.xyz` with those of `PROJECT-frc-1.xyz` and `PROJECT-vel-1.xyz` beside it, in
 * CP2K's own units (hartree/bohr, bohr per atomic unit of time), where these have a frame of the same step, and with
 * the cells of `PROJECT-1.cell`, which are taken as periodic in all directions; frames whose cell is not there are left
 * out.  Files that CP2K has not written, as their comments tell, pass through.
 *
 * @throws {LammError} `format` for a file of forces or velocities in the place of the positions, and for files of
 *   different runs.
 */
export async function* joinCp2kTrajectory(
  frames: AsyncIterable<Structure>,
  path: string,
  onNotice?: Notify,
): AsyncGenerator<Structure> {
  const [, project = '', part, ending] = nameParts.exec(path) ?? [];
  const cellFile = cellFileOf(path);
  await using forces = new Companion(`${project}-frc-${ending}`);
  await using velocities = new Companion(`${project}-vel-${ending}`);
  await using cells = cellFile === undefined ? undefined : new Cp2kCellFile(cellFile);
  let [joined, without] = [0, 0];
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
    const cell = await cells?.cellOf(stepOf(frame), timeOf(frame), path);
    const others = [await forces.rowsOf(frame, path), await velocities.rowsOf(frame, path)] as const;
    if (cells !== undefined && cell === undefined) {
      without++;
      continue;
    }
    joined++;
    yield withCompanions(frame, others, cell);
  }
  if (cellFile !== undefined) tellCells({ joined, without, cellFile, path }, onNotice);
}

/** @throws {LammError} `format` when no frame has its cell. */
function tellCells(
  { joined, without, cellFile, path }: { joined: number; without: number; cellFile: string; path: string },
  onNotice: Notify,
): void {
  if (joined === 0 && without > 0) {
    const message = `expected the cells of the steps in ${path}, found none of them; the two files do not belong together: remove or rename one`;
    throw new LammError('format', message, { file: cellFile });
  }
  if (joined > 0) onNotice?.(`the cells are those of ${basename(cellFile)}, taken as periodic in all directions`);
  if (without > 0) onNotice?.(`left out: ${countOf(without, 'frame')} whose cell is not in ${basename(cellFile)}`);
}

function withCompanions(
  frame: Structure,
  [forces, velocities]: readonly [Float64Array | undefined, Float64Array | undefined],
  cell: Float64Array | undefined,
): Structure {
  if (forces === undefined && velocities === undefined && cell === undefined) return frame;
  return adoptStructure({
    ...frame,
    ...(cell && { cell, pbc: true }),
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

function timeOf({ info }: Structure): number | undefined {
  return typeof info.time_fs === 'number' ? info.time_fs : undefined;
}
