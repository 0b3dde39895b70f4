import type { LibraryHandle } from 'koffi';
import { LammError } from '../errors.js';
import type { MpiFamily } from './launch.js';

type Koffi = typeof import('koffi');

/** Arrays that MPI works on, in place. */
export type Values = Float32Array | Float64Array;

/** The functions of MPI that a training needs, each over all processes of the job; all but `join` after `join`. */
export interface MpiLibrary {
  readonly file: string;
  /** Joins the job; tells whether calls may come from other threads, one at a time. */
  join(): boolean;
  rank(): number;
  size(): number;
  /** Sums of `values` over all ranks, in place. */
  sum: Collective;
  /** Copies `values` of rank 0 to all. */
  broadcast: Collective;
  abort(code: number): void;
  leave(): void;
}

/** A function that all ranks call together: it blocks this thread, or one of its own with `later`. */
export interface Collective {
  now(values: Values): void;
  later(values: Values): Promise<void>;
}

/** How an implementation names its objects. */
interface Dialect {
  /** C type of communicators, types and operations. */
  readonly handle: 'int' | 'intptr_t';
  readonly world: number | bigint;
  readonly single: number | bigint;
  readonly double: number | bigint;
  readonly add: number | bigint;
  readonly inPlace: number;
  /** Thread level: any thread, one at a time. */
  readonly serialized: number;
}

const mpichDialect: Dialect = {
  handle: 'int',
  world: 0x44000000,
  single: 0x4c00040a,
  double: 0x4c00080b,
  add: 0x58000003,
  inPlace: -1,
  serialized: 2,
};

/** The binary interface that MPI 5 fixes for all implementations. */
const standardDialect: Dialect = {
  handle: 'intptr_t',
  world: 0x101,
  single: 0x210,
  double: 0x214,
  add: 0x21,
  inPlace: 1,
  serialized: 2048,
};

const fileNames: Readonly<Record<MpiFamily | 'standard', readonly string[]>> = {
  openmpi: ['libmpi.so.40', 'libmpi.40.dylib'],
  mpich: ['libmpi.so.12', 'libmpich.so.12', 'libmpi.12.dylib'],
  standard: ['libmpi_abi.so.0', 'libmpi_abi.so', 'libmpi_abi.0.dylib'],
};

/** MPICH needs more room than the 256 KiB that calls on other threads have otherwise. */
const asyncStackBytes = 4 << 20;

export interface LoadOptions {
  /** Path or name of the library; looked for under its usual names when absent. */
  readonly library?: string;
  /** Implementation that the launcher belongs to. */
  readonly family?: MpiFamily;
}

/**
 * Loads the library of MPI, through koffi.
 *
 * @throws {LammError} `engine` when koffi or the library cannot be loaded, or the library is of no known kind.
 */
export async function loadMpiLibrary({ library, family }: LoadOptions = {}): Promise<MpiLibrary> {
  const koffi = await importKoffi();
  const names = library === undefined ? usualNames(family) : [library];
  const failures: string[] = [];
  for (const file of names) {
    try {
      return bind(koffi, file, koffi.load(file, { global: true })); // parts that Open MPI loads later look for its symbols
    } catch (cause) {
      if (cause instanceof LammError) throw cause;
      failures.push(cause instanceof Error ? cause.message : String(cause));
    }
  }
  const reason = library === undefined ? `none of ${names.join(', ')} was found` : `${library}: ${failures.join()}`;
  throw new LammError(
    'engine',
    `the library of MPI cannot be loaded: ${reason}; install the MPI that mpirun belongs to, or name its libmpi in LAMM_MPI_LIBRARY`,
  );
}

async function importKoffi(): Promise<Koffi> {
  try {
    const koffi = await import('koffi');
    const settings = koffi.config();
    if (settings.async_stack_size !== asyncStackBytes) koffi.config({ ...settings, async_stack_size: asyncStackBytes });
    return koffi;
  } catch (cause) {
    throw new LammError('engine', 'training on several processes needs the package koffi; run "npm install koffi"', {
      cause,
    });
  }
}

function usualNames(family: MpiFamily | undefined): readonly string[] {
  if (family !== undefined) return [...fileNames[family], ...fileNames.standard];
  return [...fileNames.standard, ...fileNames.openmpi, ...fileNames.mpich];
}

function bind(koffi: Koffi, file: string, library: LibraryHandle): MpiLibrary {
  const dialect = dialectOf(koffi, file, library);
  const { handle, world, add, inPlace } = dialect;
  const init = library.func('int MPI_Init_thread(void *argc, void *argv, int required, _Out_ int *provided)');
  const commRank = library.func(`int MPI_Comm_rank(${handle} comm, _Out_ int *rank)`);
  const commSize = library.func(`int MPI_Comm_size(${handle} comm, _Out_ int *size)`);
  const allReduce = library.func(
    `int MPI_Allreduce(intptr_t send, void *values, int count, ${handle} type, ${handle} op, ${handle} comm)`,
  );
  const broadcast = library.func(`int MPI_Bcast(void *values, int count, ${handle} type, int root, ${handle} comm)`);
  const abort = library.func(`int MPI_Abort(${handle} comm, int code)`);
  const finalize = library.func('int MPI_Finalize()');
  const typeOf = (values: Values) => (values instanceof Float32Array ? dialect.single : dialect.double);

  function join(): boolean {
    const provided = [0];
    check('MPI_Init_thread', init(null, null, dialect.serialized, provided));
    return provided[0] >= dialect.serialized;
  }

  function ask(name: string, query: (comm: number | bigint, answer: number[]) => number): number {
    const answer = [0];
    check(name, query(world, answer));
    return answer[0];
  }

  return {
    file,
    join,
    rank: () => ask('MPI_Comm_rank', commRank),
    size: () => ask('MPI_Comm_size', commSize),
    sum: collective('MPI_Allreduce', allReduce, (values) => [
      inPlace,
      values,
      values.length,
      typeOf(values),
      add,
      world,
    ]),
    broadcast: collective('MPI_Bcast', broadcast, (values) => [values, values.length, typeOf(values), 0, world]),
    abort: (code) => check('MPI_Abort', abort(world, code)),
    leave: () => check('MPI_Finalize', finalize()),
  };
}

function dialectOf(koffi: Koffi, file: string, library: LibraryHandle): Dialect {
  if (/mpi_abi/.test(file)) return standardDialect;
  const text = Buffer.alloc(8192); // at most this long in any implementation
  library.func('int MPI_Get_library_version(_Out_ void *text, _Out_ int *length)')(text, [0]);
  const version = text.toString('latin1', 0, text.indexOf(0));
  if (/Open MPI|Spectrum MPI/i.test(version)) return openMpiDialect(koffi, library);
  if (/MPICH|Intel|MVAPICH|CRAY/i.test(version)) return mpichDialect; // they share one binary interface
  throw new LammError(
    'engine',
    `expected the library of Open MPI, MPICH or a relative, or that of the standard interface (libmpi_abi), found "${version.slice(0, 60)}"`,
    { file },
  );
}

/** Open MPI names its objects by their addresses. */
function openMpiDialect(koffi: Koffi, library: LibraryHandle): Dialect {
  const addressOf = (name: string) => koffi.address(library.symbol(name));
  return {
    handle: 'intptr_t',
    world: addressOf('ompi_mpi_comm_world'),
    single: addressOf('ompi_mpi_float'),
    double: addressOf('ompi_mpi_double'),
    add: addressOf('ompi_mpi_op_sum'),
    inPlace: 1,
    serialized: 2,
  };
}

type NativeFunction = ReturnType<LibraryHandle['func']>;

function collective(name: string, native: NativeFunction, argumentsFor: (values: Values) => unknown[]): Collective {
  return {
    now: (values) => check(name, native(...argumentsFor(values))),
    later: (values) =>
      new Promise((resolve, reject) => {
        native.async(...argumentsFor(values), (error: Error | null, status: number) => {
          try {
            if (error !== null) throw error;
            resolve(check(name, status));
          } catch (failure) {
            reject(failure);
          }
        });
      }),
  };
}

function check(name: string, status: number): void {
  if (status !== 0) throw new LammError('engine', `${name} failed with status ${status}`);
}
