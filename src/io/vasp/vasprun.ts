import type { Structure } from '../../structure/structure.js';
import { type ChunkParser, parseChunks, parseWhole, StepDelay } from '../chunk-parser.js';
import { VasprunSteps } from './vasprun-steps.js';
import { XmlScanner } from './xml-scanner.js';

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
  { file }: { readonly file?: string } = {},
): AsyncGenerator<Structure> {
  return parseChunks(vasprunParser(file), chunks);
}

function vasprunParser(file: string | undefined): ChunkParser {
  const steps: VasprunSteps = new VasprunSteps(() => ({ file, line: scanner.line }));
  const scanner = new XmlScanner(steps, file);
  const delay = new StepDelay();
  return {
    *push(chunk) {
      scanner.push(chunk);
      for (const step of steps.take()) yield* delay.pass(step);
    },
    *finish() {
      steps.finish();
      for (const step of steps.take()) yield* delay.pass(step);
      const message = 'expected at least one complete ionic step (<calculation> with structure and energy) in <modeling>, found none';
      yield* delay.end(scanner.isComplete, { file, line: scanner.line, message });
    },
  };
}
