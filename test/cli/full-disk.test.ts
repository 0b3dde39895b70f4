import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readMdCheckpoint } from '../../md/record/md-checkpoint.js';
import { readRelaxCheckpoint } from '../../md/relax/relax-checkpoint.js';
import { writeStructures } from '../../src/io/write-structures.js';
import { createRandom } from '../../src/random.js';
import { rattledCopper } from '../helpers/copper.js';
import { useFolder, useProgram } from '../helpers/folder.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // processes on a busy machine

const inFolder = useFolder('block', () => writeStructures(inFolder('cu.extxyz'), [rattledCopper(1)]));
const program = useProgram('helpers/md-process.ts');

const rounds = 3;

interface Work {
  readonly name: string;
  readonly args: readonly string[];
  /** Files that it writes into its folder; the first grows from the start. */
  readonly files: readonly string[];
  readonly checkpoint: string;
}

const md: Work = {
  name: 'md',
  args: [
    ...'md ../cu.extxyz -c emt --steps 400 --timestep 1fs --ensemble bussi --temperature 300K'.split(' '),
    ...'--trajectory run.extxyz --trajectory-every 2'.split(' '),
    ...'--log-every 3 --checkpoint-every 11 --analyze msd:every=2,vacf:every=2,window=20'.split(' '),
  ],
  files: ['run.extxyz', 'run.csv', 'run.checkpoint', 'run-analysis.json', 'run-analysis.csv'],
  checkpoint: 'run.checkpoint',
};
const relax: Work = {
  name: 'relax',
  args: 'relax ../cu.extxyz -c emt --fmax 1e-9 --optimizer fire --trajectory steps.extxyz --out relaxed.extxyz'.split(
    ' ',
  ),
  files: ['steps.extxyz', 'relaxed.extxyz'],
  checkpoint: 'relaxed.checkpoint',
};

/** Runs it in `cwd`, which lies in the folder of the input, with files of at most `blocks` KiB. */
function run(work: Work, cwd: string, { resume = false, blocks }: { resume?: boolean; blocks?: number } = {}) {
  const args = [program(), ...work.args, ...(resume ? ['--resume'] : [])];
  const child = spawn('bash', ['-c', `ulimit -f ${blocks ?? 'unlimited'}; exec "$0" "$@"`, process.execPath, ...args], {
    cwd,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise<{ exitCode: number | null; errors: string[] }>((resolve) => {
    child.once('close', (exitCode) =>
      resolve({ exitCode, errors: stderr.split('\n').filter((line) => /error|warn|at /i.test(line)) }),
    );
  });
}

async function freshFolder(name: string): Promise<string> {
  const path = inFolder(name);
  await mkdir(path);
  return path;
}

const contents = ({ files }: Work, path: string) =>
  Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));

async function sizeOf({ files }: Work, path: string): Promise<number> {
  const sizes = await Promise.all(files.map((file) => stat(join(path, file))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Whether there is a checkpoint, which must be whole. */
async function hasCheckpoint({ name, checkpoint }: Work, path: string): Promise<boolean> {
  const read = name === 'md' ? readMdCheckpoint : readRelaxCheckpoint;
  return (await read(join(path, checkpoint))) !== undefined;
}

describe.each([md, relax])('lamm $name on a disk that is full at a random moment', (work) => {
  let whole = '';
  beforeAll(async () => {
    whole = await freshFolder(`whole-${work.name}`);
    expect(await run(work, whole)).toEqual({ exitCode: 0, errors: [] });
  });

  it('says so once, keeps its checkpoint, and goes on bit-identically: files that may not grow', async () => {
    const random = createRandom(3);
    const { size } = await stat(join(whole, work.files[0]));
    let kept = 0;
    for (let round = 0; round < rounds; round++) {
      const path = await freshFolder(`limit-${work.name}${round}`);
      const blocks = 1 + random.integer(Math.floor(size / 1024) - 1);
      const { exitCode, errors } = await run(work, path, { blocks });
      expect({ blocks, exitCode, errors }).toEqual({
        blocks,
        exitCode: 2,
        errors: [expect.stringMatching(/^error: .*: the file is too large for this file system/)],
      });
      if (await hasCheckpoint(work, path)) kept++;
      expect(await run(work, path, { resume: true })).toEqual({ exitCode: 0, errors: [] });
      expect(await contents(work, path)).toEqual(await contents(work, whole));
    }
    expect(kept).toBeGreaterThan(0);
  });

  it('says so once, keeps its checkpoint, and goes on bit-identically: a small disk', async ({ skip }) => {
    const random = createRandom(4);
    const disk = await freshFolder(`disk-${work.name}`);
    const needed = await sizeOf(work, whole);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${2 * needed}`, 'tmpfs', disk]);
    if (mounted.status !== 0) return skip('a small disk cannot be mounted here');
    try {
      for (let round = 0; round < rounds; round++) {
        const ballast = join(disk, 'ballast');
        await writeFile(ballast, Buffer.alloc(Math.round(2 * needed - (0.1 + 0.8 * random.uniform()) * needed)));
        const { exitCode, errors } = await run(work, disk);
        expect({ exitCode, errors }).toEqual({
          exitCode: 2,
          errors: [expect.stringMatching(/^error: .*: the disk is full; free some space/)],
        });
        await rm(ballast);
        expect(await run(work, disk, { resume: true })).toEqual({ exitCode: 0, errors: [] });
        expect(await contents(work, disk)).toEqual(await contents(work, whole));
        const written = [...work.files, work.checkpoint, `${work.checkpoint}.previous`];
        await Promise.all(written.map((file) => rm(join(disk, file), { force: true })));
      }
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});
