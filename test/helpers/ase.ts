import { spawnSync } from 'node:child_process';

/** A Python that has ASE (the Debian package python3-ase, or one of the user's), if there is one. */
const python = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import ase.io'], { timeout: 120_000 }).status === 0,
);

export const noAse = python === undefined && 'there is no Python with ASE here (Debian: python3-ase)';

/**
 * What a script of ASE prints as JSON; it finds its arguments in `sys.argv[1:]`, with `json`, `sys` and `read`
 * imported.
 */
export function runAse(script: string, ...args: string[]): unknown {
  if (python === undefined) throw new Error(noAse || '');
  const code = `import json, sys\nfrom ase.io import read\n${script}`;
  const { status, stdout, stderr } = spawnSync(python, ['-c', code, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
