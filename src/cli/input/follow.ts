import type { Command } from 'commander';
import type { TaskBegins, TaskContext } from '../../tasks/context.js';
import { remark } from '../output/output.js';
import { createProgress, type Progress } from '../output/progress.js';
import { createStopSignal, type StopSignal } from '../output/stop-signal.js';
import { engineEvents } from './engine-events.js';

interface Shown {
  readonly done: number;
  readonly note?: string;
}

/**
 * Runs a task to its end: shows on stderr how far it is and what it tells, and stops it on Ctrl-C from its long part
 * on; before, that ends the program.
 *
 * @param show how far an event is, in steps of the task; nothing for one that is not to be shown.
 */
export async function follow<Event extends { readonly kind: string }, Outcome>(
  command: Command,
  run: (context: TaskContext) => AsyncGenerator<TaskBegins | Event, Outcome, void>,
  show: (event: Exclude<Event, TaskBegins>) => Shown | undefined,
): Promise<Outcome> {
  let stop: StopSignal | undefined;
  let progress: Progress | undefined;
  const events = run({
    tell: remark,
    shouldStop: () => stop?.poll() ?? false,
    engine: engineEvents(),
  });
  try {
    let next = await events.next();
    for (; !next.done; next = await events.next()) {
      const event = next.value;
      if (isBegin(event)) {
        if (event.canStop !== false) stop = createStopSignal();
        progress = createProgress({ label: command.name(), total: event.total, done: event.done });
      } else {
        const shown = show(event as Exclude<Event, TaskBegins>); // the others
        if (shown !== undefined) progress?.update(shown.done, shown.note);
      }
    }
    return next.value;
  } finally {
    progress?.[Symbol.dispose]();
    stop?.[Symbol.dispose]();
  }
}

function isBegin(event: { readonly kind: string }): event is TaskBegins {
  return event.kind === 'begin';
}
