import type { Structure } from '../../structure/structure.js';
import { type ChunkParser, parseChunks, parseWhole, StepDelay, type StreamOptions } from '../text/chunk-parser.js';
import { VasprunSteps } from './vasprun-steps.js';

/**
 * Reads every complete ionic step of a VASP vasprun.xml: `labels.energy` is energy(sigma->0), `info.free_energy` is TOTEN, both in eV.
 * A file that is cut off gives the steps whose energies were written, the last one with `info.truncated`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseVasprun(text: string, { file }: { readonly file?: string } = {}): Structure[] {
  return parseWhole(vasprunParser(file), text);
}

/** Reads step after step from the chunks of a vasprun.xml, holding little more than one step in memory. */
export function iterateVasprun(
  chunks: AsyncIterable<Uint8Array>,
  { file, budget }: StreamOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(vasprunParser(file), chunks, budget);
}

function vasprunParser(file: string | undefined): ChunkParser {
  const steps = new VasprunSteps(file);
  const delay = new StepDelay();
  return {
    *push(chunk) {
      for (const step of steps.push(chunk)) yield* delay.pass(step);
    },
    *finish() {
      for (const step of steps.finish()) yield* delay.pass(step);
      const { isComplete, line } = steps.reading;
      const message =
        'expected at least one complete ionic step (<calculation> with structure and energy) in <modeling>, found none';
      yield* delay.end(isComplete, { file, line, message });
    },
  };
}
