import type { Structure } from '../../structure/structure.js';
import { type ChunkParser, parseChunks, parseWhole } from '../text/chunk-parser.js';
import { type RunOptions, RunSteps } from '../text/run-steps.js';
import { VasprunSteps } from './vasprun-steps.js';

/**
 * Reads every complete ionic step of a VASP vasprun.xml: `labels.energy` is energy(sigma->0), `info.free_energy` is
 * TOTEN, both in eV. Steps with as many electronic steps as NELM allows did not converge, and are left out.  A file
 * that is cut off gives the steps whose energies were written, the last one with `info.truncated`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseVasprun(text: string, options: RunOptions = {}): Structure[] {
  return parseWhole(vasprunParser(options), text);
}

/** Reads step after step from the chunks of a vasprun.xml, holding little more than one step in memory. */
export function iterateVasprun(
  chunks: AsyncIterable<Uint8Array>,
  options: RunOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(vasprunParser(options), chunks, options.budget);
}

function vasprunParser(options: RunOptions): ChunkParser {
  const reader = new VasprunSteps(options.file);
  const steps = new RunSteps(options);
  return {
    *push(chunk) {
      for (const step of reader.push(chunk)) yield* steps.pass(step);
    },
    *finish() {
      for (const step of reader.finish()) yield* steps.pass(step);
      const { isComplete, line } = reader.reading;
      const nothing =
        'expected at least one complete ionic step (<calculation> with structure and energy) in <modeling>, found none';
      yield* steps.end({ isComplete, line, nothing });
    },
  };
}
