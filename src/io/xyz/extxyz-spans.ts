import type { FrameMark } from '../frame-index.js';
import { locateFrame } from './extxyz-frame.js';
import { FrameWalk } from './extxyz-walk.js';

/** Finds the frames of an extended XYZ file without reading their rows. */
export async function* locateExtxyzFrames(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<FrameMark> {
  const walk = new FrameWalk(file, ({ bytes, start, complete, position }, place) => {
    const span = locateFrame(bytes, start, { ...place, complete });
    return span && { ...span, offset: position, length: span.end - start, mark: place.line };
  });
  for await (const chunk of chunks) yield* walk.push(chunk);
  yield* walk.finish();
}
