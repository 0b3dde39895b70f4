import { LammError } from '../../../src/errors.js';
import { readChunks } from '../../../src/io/bytes/read-file.js';

const [lineFeed, carriageReturn, zero, nine] = [10, 13, 48, 57];

/**
 * Reads a file with one number of atoms a line, [N]; empty lines are passed over.
 *
 * @throws {LammError} `format` with the line of anything else.
 */
export async function readSizeList(path: string): Promise<Uint32Array> {
  let sizes = new Uint32Array(1024);
  let [count, value, digits, line] = [0, 0, 0, 1];

  function endLine(): void {
    if (digits > 0) {
      if (value < 1 || value > 1e8) throw bad(path, line, `found ${value}`);
      if (count === sizes.length) sizes = grow(sizes);
      sizes[count++] = value;
    }
    [value, digits] = [0, 0];
    line++;
  }

  for await (const chunk of readChunks(path)) {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte >= zero && byte <= nine) {
        value = 10 * value + byte - zero;
        digits++;
      } else if (byte === lineFeed) endLine();
      else if (byte !== carriageReturn) throw bad(path, line, `found "${String.fromCharCode(byte)}"`);
    }
  }
  endLine();
  if (count === 0) throw bad(path, 1, 'the file is empty');
  return sizes.slice(0, count);
}

function grow(sizes: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * sizes.length);
  larger.set(sizes);
  return larger;
}

function bad(file: string, line: number, found: string): LammError {
  return new LammError('format', `expected one number of atoms a line, ${found}`, { file, line });
}
