import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import { LammError } from '../errors.js';
import { targetOf } from '../io/bytes/atomic-file.js';
import { type AppendFile, openAppendFile } from './append-file.js';
import { createCheckpointClock } from './checkpoint-clock.js';
import {
  assertRegular,
  type LoadedState,
  loadCheckpoint,
  removeCheckpoint,
  restorePrevious,
  saveCheckpoint,
} from './checkpoint-file.js';
import { loadConclusion, saveConclusion } from './conclusion.js';
import { lockFiles } from './run-lock.js';
import type { StateKind } from './state-file.js';

export interface JournalOptions<Name extends string> {
  /** The file that holds the state. */
  readonly checkpoint: string;
  /** Files that grow with the run. */
  readonly files: Readonly<Partial<Record<Name, string>>>;
  /** Whole files that the run writes beside them. */
  readonly companions?: readonly string[];
  /**
   * Whole files that the user has named for results: as companions, and the checkpoint remembers them as the run's own.
   */
  readonly outputs?: readonly string[];
  /** Steps between checkpoints; by the clock when absent, see `createCheckpointClock`. */
  readonly checkpointEvery?: number;
  /** Told what a user should know: a run taken over, a damaged checkpoint. */
  readonly tell?: (text: string) => void;
}

/**
 * How a run is kept on the disk: a checkpoint of its state, and files that grow with it.  One process has it at a time.
 *
 * A new run calls `begin`, one that is taken up again `load`; then both `proceed`, `append` and `save`.  A checkpoint
 * holds the lengths of the files, and `proceed` cuts them back to these, so that whatever a killed process did after
 * its last checkpoint is as if it never was.
 */
export interface Journal<State, Name extends string = string> extends AsyncDisposable {
  readonly path: string;
  /** Whether the loaded run has named `path` among its outputs: what is there is then its own, and may be replaced. */
  owns(path: string): boolean;
  /** @throws {LammError} `checkpoint` when there is one, but none that is whole and of this kind. */
  load(): Promise<State | undefined>;
  /** Starts a run anew with its first checkpoint. */
  begin(state: State): Promise<void>;
  /** Takes `begin` back, before `proceed`: everything is as it was. */
  takeBack(): Promise<void>;
  /** Opens the files where the loaded checkpoint left them, or empty ones for a run that begins. */
  proceed(): Promise<void>;
  /** Adds to the end of a file, if the run has it. */
  append(name: Name, text: string): Promise<void>;
  /** Whether it is time for a checkpoint. */
  isDue(step: number): boolean;
  /** Writes a checkpoint; the one before it is kept. */
  save(state: State): Promise<void>;
  /** Keeps what a run came to whose results are in place, and removes its checkpoints. */
  conclude<Outcome>(kind: StateKind<Outcome>, outcome: Outcome): Promise<void>;
  /** What a run came to that was concluded here, while its results are what it left and no other has begun. */
  conclusion<Outcome>(kind: StateKind<Outcome>): Promise<Outcome | undefined>;
}

/** What stands in the file. */
interface Entry<State> {
  /** Lengths of the files in bytes. */
  readonly files: Readonly<Record<string, number>>;
  /** Paths from the folder of the checkpoint. */
  readonly outputs: readonly string[];
  readonly state: State;
}

/**
 * Takes the right to write a run; nothing is changed before `begin` or `proceed`.
 *
 * @throws {LammError} `locked` when another process has it; `usage` when two files have one name, or the checkpoint is
 *   a device.
 */
export async function openJournal<State, Name extends string>(
  kind: StateKind<State>,
  options: JournalOptions<Name>,
): Promise<Journal<State, Name>> {
  const { files, outputs = [], companions = [], tell } = options;
  const checkpoint = await targetOf(options.checkpoint);
  const named = Object.entries<string | undefined>(files).filter(
    (entry): entry is [Name, string] => entry[1] !== undefined,
  );
  const paths = named.map(([, path]) => path);
  const whole = [checkpoint, ...outputs, ...companions];
  assertDistinct([...whole, ...paths]);
  await assertRegular(checkpoint);
  const lock = await lockFiles([checkpoint, ...paths], { tell });
  const clock = createCheckpointClock(options.checkpointEvery);
  const entryKind = entryOf(kind);
  const open = new Map<string, AppendFile>();
  let loaded: LoadedState<Entry<State>> | undefined;
  let replaced = false;

  const nameOf = (path: string) => relative(dirname(checkpoint), path);
  const entryFor = (state: State): Entry<State> => ({
    files: Object.fromEntries(named.map(([name]) => [name, open.get(name)?.length ?? 0])),
    outputs: [...new Set([...(loaded?.state.outputs ?? []), ...outputs.map(nameOf)])],
    state,
  });

  return {
    path: options.checkpoint,
    owns: (path) => loaded?.state.outputs.includes(nameOf(path)) ?? false,
    async load() {
      loaded = await loadCheckpoint(checkpoint, entryKind);
      if (loaded?.fallback !== undefined) tell?.(`${loaded.fallback}; the checkpoint before it is whole, and is used`);
      return loaded?.state.state;
    },
    async begin(state) {
      loaded = undefined;
      replaced = existsSync(checkpoint);
      await saveCheckpoint(checkpoint, entryKind, entryFor(state));
    },
    takeBack: () => (replaced ? restorePrevious(checkpoint) : removeCheckpoint(checkpoint)),
    async proceed() {
      if (loaded?.fallback !== undefined) await restorePrevious(checkpoint);
      for (const [name, path] of named) {
        open.set(name, await openAppendFile(path, loaded?.state.files[name]));
      }
    },
    append: async (name, text) => open.get(name)?.append(text),
    isDue: clock.isDue,
    save: (state) =>
      clock.take(async () => {
        await lock.assertHeld();
        await Promise.all([...open.values()].map((file) => file.flush()));
        await saveCheckpoint(checkpoint, entryKind, entryFor(state));
      }),
    async conclude(conclusionKind, outcome) {
      await saveConclusion(checkpoint, conclusionKind, { outcome, files: [...outputs, ...paths] });
      await removeCheckpoint(checkpoint);
    },
    conclusion: async (conclusionKind) =>
      existsSync(checkpoint) ? undefined : loadConclusion(checkpoint, conclusionKind),
    async [Symbol.asyncDispose]() {
      for (const file of open.values()) await file[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}

/** A checkpoint as it lies on the disk, for whoever only looks at it; undefined when there is none. */
export async function readCheckpoint<State>(path: string, kind: StateKind<State>): Promise<State | undefined> {
  return (await loadCheckpoint(await targetOf(path), entryOf(kind)))?.state.state;
}

function entryOf<State>(kind: StateKind<State>): StateKind<Entry<State>> {
  const schema = z.strictObject({
    files: z.record(z.string(), z.int().min(0)),
    outputs: z.array(z.string()),
    state: kind.schema,
  });
  return { ...kind, schema };
}

function assertDistinct(paths: readonly string[]): void {
  const resolved = paths.map((path) => resolve(path));
  const file = paths.find((_, index) => resolved.indexOf(resolved[index]) < index);
  if (file === undefined || file.startsWith('/dev/')) return;
  throw new LammError('usage', 'expected another name for each file that is written, found this one twice', { file });
}
