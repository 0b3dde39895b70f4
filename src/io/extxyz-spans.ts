import { ByteWindow } from './byte-window.js';
import { locateFrame } from './extxyz-frame.js';
import type { FrameMark } from './frame-index.js';

/** Finds the frames of an extended XYZ file without reading their rows. */
export async function* locateExtxyzFrames(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<FrameMark> {
  const window = new ByteWindow(chunks);
  let base = 0;
  let line = 1;
  let afterPlain = false;
  await window.fill();
  window.assertText(file);
  for (;;) {
    const blankLines = line === 1 ? 0 : window.skipBlankLines();
    line += blankLines;
    if (window.complete && (window.isEmpty || (afterPlain && blankLines > 0 && !window.startsWithDigit()))) return;
    const span = window.isEmpty
      ? undefined
      : locateFrame(window.bytes, window.start, { line, complete: window.complete, file });
    if (span === undefined) {
      base += window.start;
      await window.fill();
      continue;
    }
    yield { offset: base + window.start, length: span.end - window.start, mark: line, atomCount: span.atomCount };
    window.start = span.end;
    line += span.atomCount + 2;
    afterPlain = !span.isExtended;
  }
}
