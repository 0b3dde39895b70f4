import { createRequire } from 'node:module';
import { ReadableStream } from 'node:stream/web';
import { LammError } from '../../errors.js';

type XzReadableStream = new (packed: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;

/**
 * Unpacks the chunks of an xz file, of one stream or several, in the memory of its dictionary (64 MB at most as xz
 * packs).
 *
 * @throws {LammError} `format` for damaged data, or anything behind them.
 */
export async function* unpackXz(chunks: AsyncGenerator<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const decoder = idleDecoders.pop() ?? loadDecoder();
  let failure: unknown;
  const packed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await chunks.next();
          if (done) return controller.close();
          controller.enqueue(value);
        } catch (error) {
          failure = error; // of the disk, not of the data
          throw error;
        }
      },
      cancel: async () => void (await chunks.return(undefined)),
    },
    { highWaterMark: 0 },
  );
  try {
    for await (const chunk of new decoder(packed)) if (chunk.length > 0) yield chunk;
  } catch (cause) {
    if (failure !== undefined) throw failure;
    throw new LammError('format', 'the xz data are damaged or cut off; copy or download the file again', {
      file,
      cause,
    });
  } finally {
    idleDecoders.push(decoder);
  }
}

/**
 * Copies of the library that unpack nothing now, as many as were ever at work at once; each unpacks one file at a time.
 */
const idleDecoders: XzReadableStream[] = [];

function loadDecoder(): XzReadableStream {
  const require = createRequire(import.meta.url);
  const path = require.resolve('xz-decompress');
  delete require.cache[path]; // else it would be the copy that is at work
  const { XzReadableStream } = require(path) as { XzReadableStream: XzReadableStream }; // types.d.ts names no module
  return XzReadableStream;
}
