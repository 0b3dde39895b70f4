import { createHash } from 'node:crypto';
import type { Structure } from './structure.js';

/** A fingerprint of everything about a structure that dynamics depend on. */
export function structureIdentity(structure: Structure): string {
  const { numbers, positions, cell, pbc, masses, velocities, fixed, constraints } = structure;
  const hash = createHash('sha256');
  for (const array of [numbers, positions, cell, masses, velocities, fixed]) {
    hash.update(array === undefined ? 'none' : new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  if (constraints !== undefined) hash.update(JSON.stringify(constraints));
  return hash.update(pbc.join()).digest('hex');
}
