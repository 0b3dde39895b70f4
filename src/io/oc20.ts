import { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import { readText } from './bytes/read-file.js';
import { iterateStructures } from './read-structures.js';
import { parseNumber, quote } from './text/text-cursor.js';

/** What the text file beside the frames of OC20 or OC22 says of one of them. */
interface FrameEntry {
  readonly sid: string;
  readonly fid: number;
  /** Energy of the clean slab and the adsorbate apart, eV. */
  readonly referenceEnergy: number | undefined;
}

/**
 * Reads the frames of a pair of OC20 or OC22 files: `NAME.extxyz` and `NAME.txt`, with a line
 * `system,frameN,reference energy` for each frame.  The label is the total energy; `info` gets `sid`, `fid` and
 * `reference_energy`, the difference being the adsorption energy.
 *
 * @throws {LammError} `format` when the two files do not belong together; `file-not-found`.
 */
export async function* iterateOc20(framesPath: string, textFile?: string): AsyncGenerator<Structure> {
  const textPath = textFile ?? textBeside(framesPath);
  const entries = parseFrameEntries(await readText(textPath), textPath);
  let frame = 0;
  for await (const structure of iterateStructures(framesPath)) {
    const entry = entries[frame++];
    if (entry === undefined)
      throw mismatch(framesPath, `${textPath} has ${entries.length} lines, but there are more frames`);
    const { sid, fid, referenceEnergy } = entry;
    const info = {
      ...structure.info,
      sid,
      fid,
      ...(referenceEnergy !== undefined && { reference_energy: referenceEnergy }),
    };
    yield { ...structure, info };
  }
  if (frame < entries.length)
    throw mismatch(
      framesPath,
      `${textPath} has ${entries.length} lines, but there ${frame === 1 ? 'is 1 frame' : `are ${frame} frames`}`,
    );
}

/** `0.extxyz.xz` has `0.txt.xz` beside it, packed or not as the frames are. */
function textBeside(path: string): string {
  const text = path.replace(/\.(?:ext)?xyz(?=\.(?:gz|xz)$|$)/i, '.txt');
  if (text !== path) return text;
  throw new LammError('usage', 'expected a name that ends in .extxyz; give the name of the text file too', {
    file: path,
  });
}

function parseFrameEntries(text: string, file: string): FrameEntry[] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines.map((line, index) => {
    const [sid, frame, reference] = line.split(',').map((word) => word.trim());
    const fid = /^(?:frame)?(\d{1,15})$/.exec(frame ?? '')?.[1];
    const referenceEnergy = reference === undefined ? undefined : parseNumber(reference);
    if (!sid || fid === undefined || Number.isNaN(referenceEnergy)) {
      throw new LammError('format', `expected "system,frameN,reference energy", found ${quote(line)}`, {
        file,
        line: index + 1,
      });
    }
    return { sid, fid: Number(fid), referenceEnergy };
  });
}

function mismatch(file: string, message: string): LammError {
  return new LammError('format', `${message}; the two files do not belong together`, { file });
}
