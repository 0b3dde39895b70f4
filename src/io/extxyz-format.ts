import { LammError } from '../errors.js';
import { readUpTo } from './bytes/byte-source.js';
import { readChunks } from './bytes/read-file.js';
import { isCp2kTrajectory, joinCp2kTrajectory, noticesOfCp2kFrames } from './cp2k/cp2k-trajectory.js';
import type { Format } from './format.js';
import { formatExtxyz, iterateExtxyz } from './xyz/extxyz.js';
import { locateFrame, parseFrame } from './xyz/extxyz-frame.js';
import { locateExtxyzFrames } from './xyz/extxyz-spans.js';
import { createFrameMemory } from './xyz/frame-memory.js';

/** Extended and plain XYZ, trajectories of CP2K among them. */
export const extxyz = {
  name: 'extxyz',
  endings: ['.extxyz', '.xyz'],
  isText: (_, lines) => /^\s*\d+\s*$/.test(lines[0]),
  holdsMany: true,
  read: {
    from: 'chunks',
    iterate(chunks, { path, onNotice, ...options }) {
      if (!isCp2kTrajectory(path)) return iterateExtxyz(chunks, { ...options, onNotice });
      const frames = iterateExtxyz(chunks, { ...options, onNotice: noticesOfCp2kFrames(path, onNotice) });
      return joinCp2kTrajectory(frames, path, onNotice);
    },
  },
  frames: {
    from: 'bytes',
    locateIn: (chunks, file) => (isCp2kTrajectory(file) ? undefined : locateExtxyzFrames(chunks, file)),
    open(source) {
      const { file = '' } = source;
      const memory = createFrameMemory();
      return {
        locate: () => locateExtxyzFrames(readChunks(file), file),
        read({ offset, length, mark: line }) {
          const bytes = readUpTo(source, offset, length);
          const whole = bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
          const span = locateFrame(whole, 0, { line, complete: true, file });
          if (span === undefined)
            throw new LammError('format', 'expected a frame; the file has changed', { file, line });
          return parseFrame(whole, span, { file, memory });
        },
      };
    },
  },
  write: { ending: '.extxyz', format: formatExtxyz },
} as const satisfies Format;
