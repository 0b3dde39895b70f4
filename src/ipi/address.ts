import { LammError } from '../errors.js';

/** Where two programs that speak the i-PI protocol meet. */
export type IpiAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Longest path of a socket file on every system, in bytes. */
const maxPathLength = 103;

/**
 * Reads `unix:NAME` (the socket file /tmp/ipi_NAME, as i-PI, ASE and LAMMPS have it), `unix:/full/path`, `/full/path`,
 * `HOST:PORT` or `[IPv6]:PORT`.
 *
 * @throws {LammError} `usage` for anything else.
 */
export function parseIpiAddress(text: string): IpiAddress {
  if (text.startsWith('/')) return unixAddress(text, text);
  if (text.startsWith('unix:')) {
    const name = text.slice('unix:'.length);
    return unixAddress(name.startsWith('/') ? name : `/tmp/ipi_${name}`, text);
  }
  const [, host, digits] = /^(.+):(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) throw unclear(text);
  return { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** The address as a reader of a message knows it. */
export function formatIpiAddress(address: IpiAddress): string {
  return address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
}

/** The address as `node:net` takes it. */
export function netAddress(address: IpiAddress): { path: string } | { host: string; port: number } {
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
}

function unixAddress(path: string, text: string): IpiAddress {
  if (/^\/tmp\/ipi_(\/|$)|\/$|\0/.test(path)) throw unclear(text);
  if (Buffer.byteLength(path) <= maxPathLength) return { kind: 'unix', path };
  throw new LammError(
    'usage',
    `the path of a socket file may have ${maxPathLength} bytes, found ${Buffer.byteLength(path)}: ${path}`,
    { quantity: 'address', actual: path },
  );
}

function unclear(text: string): LammError {
  const expected = 'unix:NAME, /full/path or HOST:PORT';
  return new LammError('usage', `expected an address such as ${expected}, found "${text}"`, {
    quantity: 'address',
    expected,
    actual: text,
  });
}
