import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';

/** A process, told so that another one can find out later whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /**
   * Boot of the machine and its namespace of process numbers: numbers of another place say nothing here.  Absent where
   * the system does not tell.
   */
  readonly place?: string;
  /**
   * When it began, in the clock ticks of its place; a number that is used again belongs to another beginning.  Absent
   * like `place`.
   */
  readonly began?: string;
}

/** What can be said of a process from here; of one in another place, nothing. */
export type ProcessFate = 'runs' | 'ended' | 'unknown';

/** Does not change while the process runs. */
let own: ProcessIdentity | undefined;

/** The process that asks. */
export function thisProcess(): ProcessIdentity {
  own ??= { pid, host: hostname(), place: placeHere(), began: readTable(pid)?.began };
  return own;
}

/** Whether a process still runs. */
export function fateOf(other: ProcessIdentity): ProcessFate {
  const here = thisProcess();
  if (other.host !== here.host || other.place !== here.place) return 'unknown';
  if (!exists(other.pid)) return 'ended';
  const entry = readTable(other.pid);
  if (entry === undefined) return 'runs'; // it exists, and more is not told of it
  return entry.hasEnded || (other.began !== undefined && entry.began !== other.began) ? 'ended' : 'runs';
}

function exists(number: number): boolean {
  try {
    return kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it belongs to another user; node's system errors have a code
  }
}

function placeHere(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined; // not Linux
  }
}

/**
 * The row of a process in the table of the kernel: fields 3 (state) and 22 (start time), counted behind the name, which
 * may hold anything.
 */
function readTable(number: number): { readonly began: string; readonly hasEnded: boolean } | undefined {
  try {
    const row = readFileSync(`/proc/${number}/stat`, 'utf8');
    const fields = row.slice(row.lastIndexOf(')') + 2).split(' ');
    return { began: fields[19], hasEnded: /^[ZXx]$/.test(fields[0]) };
  } catch {
    return undefined;
  }
}
