import { UnstableError } from '../../src/errors.js';
import { writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import { formatExtxyz } from '../../src/io/xyz/extxyz.js';
import type { MdState } from '../state/state.js';
import { type SnapshotOptions, snapshotOf } from './snapshot.js';

/** Remembers the last state that passed all checks, since a step that fails leaves the state half done. */
export interface LastGood {
  keep(state: MdState): void;
  /** Writes the remembered frame and returns the error that says where it is. */
  write(path: string, error: UnstableError): Promise<UnstableError>;
}

export function createLastGood(
  start: MdState,
  { timestepFs, ...shown }: { timestepFs: number } & SnapshotOptions,
): LastGood {
  const arrays = ['positions', 'momenta', 'forces', 'cell'] as const;
  const kept: MdState = { ...start };
  for (const name of arrays) Object.assign(kept, { [name]: start[name].slice() });
  return {
    keep(state) {
      for (const name of arrays) kept[name].set(state[name]);
      kept.potentialEnergy = state.potentialEnergy;
      kept.step = state.step;
      if (state.stress) kept.stress = Float64Array.from(state.stress);
    },
    async write(path, error) {
      await writeFileAtomic(path, formatExtxyz(snapshotOf(kept, timestepFs, shown)));
      const message = `${error.message}; the last good frame, of step ${kept.step}, is in ${path}`;
      return new UnstableError(error.code, message, { ...error.details, cause: error });
    },
  };
}
