import { countOf } from '../../count-of.js';

/** What is told of the frames of a file: each sentence once, with the number of frames that it is about. */
export class FrameNotes {
  private readonly counts = new Map<string, number>();
  private frames = 0;

  /** Another frame begins. */
  begin(): void {
    this.frames++;
  }

  add(note: string): void {
    this.counts.set(note, (this.counts.get(note) ?? 0) + 1);
  }

  /** Everything that was noted and not told yet; with the number of frames where it is not true of all. */
  *sentences(): Generator<string> {
    const counts = [...this.counts];
    this.counts.clear();
    for (const [note, count] of counts)
      yield count === this.frames ? note : `${note} (${countOf(count, 'frame')} of ${this.frames})`;
  }
}
