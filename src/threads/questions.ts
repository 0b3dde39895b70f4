import type { LammError } from '../errors.js';
import { type PackedError, unpackError } from './packed-error.js';

/** What another thread says to a question, by the number that it was asked with. */
export type Answer<Result> = { readonly id: number } & ({ readonly result: Result } | { readonly error: PackedError });

/** Questions to another thread.  The process lives as long as an answer is awaited. */
export interface Questions<Result> {
  /** Number of questions that wait for their answer. */
  readonly openCount: number;
  /** Sends a question under a number of its own; the promise is of its answer, or fails as the other thread did. */
  ask(send: (id: number) => void): Promise<Result>;
  /** Takes an answer. */
  take(answer: Answer<Result>): void;
  /** Fails all that wait, because the other thread is gone. */
  failAll(error: LammError): void;
}

/** What questions go through: a thread, or a port to one. */
export interface Link {
  ref(): void;
  unref(): void;
}

export function createQuestions<Result>(link: Link): Questions<Result> {
  const waiting = new Map<number, { resolve(result: Result): void; reject(error: unknown): void }>();
  let nextId = 0;
  return {
    get openCount() {
      return waiting.size;
    },
    ask(send) {
      const id = nextId++;
      const answer = new Promise<Result>((resolve, reject) => waiting.set(id, { resolve, reject }));
      link.ref();
      send(id);
      return answer;
    },
    take(answer) {
      const caller = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) link.unref();
      if ('error' in answer) caller?.reject(unpackError(answer.error));
      else caller?.resolve(answer.result);
    },
    failAll(error) {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
      link.unref();
    },
  };
}
