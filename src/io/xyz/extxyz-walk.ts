import { LammError } from '../../errors.js';
import type { InputBudget } from '../bytes/input-budget.js';
import { ByteWindow } from '../text/byte-window.js';
import { quote } from '../text/text-cursor.js';

/** What must be known of a frame to go to the next one. */
export interface WalkedFrame {
  readonly atomCount: number;
  /** Whether the comment declares extended XYZ. */
  readonly isExtended: boolean;
  /** One past the newline of the last row. */
  readonly end: number;
}

export interface FramePlace {
  /** Line of the atom count, from 1. */
  readonly line: number;
  readonly file: string | undefined;
}

/**
 * Reads the frame at the start of a window; undefined when more bytes are needed, never when the window is complete.
 */
export type FrameVisit<Frame extends WalkedFrame> = (window: ByteWindow, place: FramePlace) => Frame | undefined;

/** A frame, or a line of one, beyond this is no structure. */
const maxFrameBytes = 2 ** 30;
const maxLineLength = 2 ** 26;

const newline = 10;
/** `H 0.0 0.0 0.74`: a symbol or an atomic number, and three coordinates. */
const atomRow = /^\s*(?:[A-Z][a-z]?\d*|\d{1,3})(?:\s+[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?){3}(?:\s|$)/;
/** More of a line is not looked at. */
const maxRowLength = 200;

/** Goes from frame to frame through the chunks of an XYZ file. */
export class FrameWalk<Frame extends WalkedFrame> {
  private readonly window = new ByteWindow();
  /** Line of the next frame. */
  private line = 1;
  /** Empty lines before it. */
  private blankLines = 0;
  /** Whether the last frame was plain XYZ: remarks may follow it behind an empty line. */
  private afterPlain = false;
  /** Once there are remarks, where they begin. */
  private remarks: { readonly line: number; readonly text: string } | undefined;

  constructor(
    private readonly file: string | undefined,
    private readonly visit: FrameVisit<Frame>,
    private readonly budget?: InputBudget,
  ) {}

  push(chunk: Uint8Array): Iterable<Frame> {
    return this.window.push(chunk) ? this.frames() : [];
  }

  /** The file has ended. */
  *finish(): Generator<Frame> {
    this.window.end();
    yield* this.frames();
    if (this.line === 1)
      throw new LammError('format', 'expected at least one frame, found an empty file', { file: this.file, line: 1 });
  }

  /** The frames that the window holds whole. */
  private *frames(): Generator<Frame> {
    const { window, file } = this;
    if (this.line === 1) window.assertText(file);
    for (;;) {
      this.passBlankLines();
      const areRemarks = this.afterPlain && this.blankLines > 0 && !window.isEmpty && !window.startsWithDigit();
      if (areRemarks || this.remarks !== undefined) {
        this.passRemarks();
        return;
      }
      const frame = window.isEmpty ? undefined : this.visit(window, { line: this.line, file });
      if (frame === undefined) {
        this.assertSize();
        window.wanted = Math.min(window.wanted, maxFrameBytes);
        return;
      }
      window.start = frame.end;
      this.line += frame.atomCount + 2;
      this.blankLines = 0;
      this.afterPlain = !frame.isExtended;
      yield frame;
    }
  }

  /** Empty lines may stand between frames, not before the first one. */
  private passBlankLines(): void {
    if (this.line === 1) return;
    const count = this.window.skipBlankLines();
    this.line += count;
    this.blankLines += count;
  }

  /** @throws {LammError} `format` for the rows of a frame among the remarks: its number of atoms is missing. */
  private passRemarks(): void {
    const { window, file } = this;
    while (!window.isEmpty) {
      const end = window.bytes.indexOf(newline, window.start);
      const text = window.bytes.toString('latin1', window.start, Math.min(end, window.start + maxRowLength));
      this.remarks ??= { line: this.line, text };
      if (atomRow.test(text)) {
        const message = `expected the number of atoms of another frame behind an empty line, found ${quote(this.remarks.text.trim())}; the atom in line ${this.line} would be left out`;
        throw new LammError('format', message, { file, line: this.remarks.line });
      }
      window.start = end + 1;
      this.line++;
    }
    this.assertSize();
  }

  private assertSize(): void {
    const { size, unfinishedSize, bytes, start } = this.window;
    const declared = Number.parseInt(bytes.toString('latin1', start, start + 20), 10);
    if (declared > 0) this.budget?.expect(2 * declared, `a frame of ${declared} atoms`); // a character and a line end each
    if (size < maxFrameBytes && unfinishedSize < maxLineLength) return;
    const what = unfinishedSize < maxLineLength ? 'frame of less than 1 GB' : 'line of less than 64 MB';
    throw new LammError('format', `expected a ${what}, found more; check the number of atoms`, {
      file: this.file,
      line: this.line,
    });
  }
}
