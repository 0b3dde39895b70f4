import cliProgress from 'cli-progress';
import { plainWord } from '../../report/plain-text.js';

export interface ProgressOptions {
  /** What is counted, for instance `md`. */
  readonly label: string;
  /** Number of steps that make it complete. */
  readonly total: number;
  /** Steps that were done before this run; they do not count for the speed. */
  readonly done?: number;
  readonly stream?: NodeJS.WriteStream;
}

/** Shows on stderr how far a long command is; to be disposed of at its end. */
export interface Progress extends Disposable {
  /** Shows `done` steps and a short text such as `T 301 K`; cheap enough to be called at every step. */
  update(done: number, note?: string): void;
}

const lineIntervalMs = 10_000;

/** A bar with the remaining time on a terminal, otherwise a line every ten seconds. */
export function createProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr;
  return stream.isTTY ? createBar(options, stream) : createLines(options, stream);
}

/** The terminal whose last line is a bar. */
let barOn: NodeJS.WriteStream | undefined;

/**
 * Takes a bar off the last line of the terminal, so that something else can be written there; its next update draws it
 * below.
 */
export function clearLastLine(): void {
  barOn?.write('\r\x1b[2K');
}

function createBar({ label, total, done = 0 }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const bar = new cliProgress.SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total} | {eta_formatted} left | {note}`,
    stream,
    hideCursor: true,
    barsize: 24,
    gracefulExit: false,
    clearOnComplete: false,
  });
  bar.start(total, done, { note: '' });
  barOn = stream;
  return {
    update(value, note = '') {
      bar.update(value, { note: plainWord(note) });
    },
    [Symbol.dispose]() {
      bar.stop();
      barOn = undefined;
    },
  };
}

function createLines({ label, total, done: first = 0 }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const started = performance.now();
  let last = started;
  return {
    update(value, note = '') {
      const now = performance.now();
      if (now - last < lineIntervalMs) return;
      last = now;
      const seconds = (now - started) / 1000;
      const left = value > first ? `, ${formatSeconds((seconds * (total - value)) / (value - first))} left` : '';
      stream.write(
        `${label}: ${value} of ${total}, ${formatSeconds(seconds)}${left}${note === '' ? '' : `, ${plainWord(note)}`}\n`,
      );
    },
    [Symbol.dispose]() {},
  };
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
