import type { Format } from '../format.js';
import { iterateJsonDatabase } from './json-database.js';
import { atomCountOfSystem, iterateSqlDatabase, openSystems, readSystem } from './sql-database.js';
import { iterateAseTrajectory, openAseTrajectory } from './trajectory.js';

/** Trajectories of ASE, which index themselves. */
export const aseTrajectory = {
  name: 'ase-trajectory',
  endings: ['.traj'],
  isText: (head) => /^(?:- of Ulm|AFFormat)/.test(head),
  holdsMany: true,
  hasConstraints: true,
  read: { from: 'bytes', iterate: iterateAseTrajectory },
  frames: {
    from: 'bytes',
    open(source) {
      const { count, atomCount, read } = openAseTrajectory(source);
      return {
        hasIndex: true,
        *locate() {
          for (let mark = 0; mark < count; mark++) yield { offset: 0, length: 0, mark, atomCount: atomCount(mark) };
        },
        read: ({ mark }) => read(mark),
        count: () => count,
      };
    },
  },
} as const satisfies Format;

/** Databases of ASE in JSON; their ending says little. */
export const aseJson = {
  name: 'ase-json',
  endings: ['.json'],
  sharesEnding: true,
  isText: (head) => /^\s*\{\s*"(?:\d+|ids)":/.test(head),
  holdsMany: true,
  hasConstraints: true,
  read: { from: 'text', iterate: iterateJsonDatabase },
} as const satisfies Format;

/** Databases of ASE in SQLite. */
export const aseSqlite = {
  name: 'ase-sqlite',
  endings: ['.db'],
  isText: (head) => head.startsWith('SQLite format 3\0'),
  holdsMany: true,
  hasConstraints: true,
  read: { from: 'bytes', iterate: iterateSqlDatabase },
  frames: {
    from: 'bytes',
    open(source) {
      const { file } = source;
      const table = openSystems(source);
      return {
        *locate() {
          for (const { id, offset, row } of table.locate())
            yield { offset, length: 0, mark: id, atomCount: atomCountOfSystem(row, file) };
        },
        read: ({ offset }) => readSystem(table.read(offset), file),
      };
    },
  },
} as const satisfies Format;
