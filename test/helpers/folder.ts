import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { bundleForNode } from './bundle.js';

/** Path of a name in the folder of the tests. */
export type InFolder = (name: string) => string;

/** Gives each test, or all tests of a block, a folder, calls `fill` to put files into it, and removes it afterwards. */
export function useFolder(per: 'test' | 'block', fill?: () => Promise<unknown>): InFolder {
  let folder = '';
  const before = per === 'test' ? beforeEach : beforeAll;
  const after = per === 'test' ? afterEach : afterAll;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamm-'));
    await fill?.();
  });
  after(() => rm(folder, { recursive: true }));
  return (name) => join(folder, name);
}

/** Bundles a program of test/ for the tests of a block; returns how to ask for its path. */
export function useProgram(pathInTest: string): () => string {
  let program = '';
  beforeAll(async () => {
    program = await bundleForNode(pathInTest);
  });
  afterAll(() => rm(dirname(program), { recursive: true }));
  return () => program;
}
