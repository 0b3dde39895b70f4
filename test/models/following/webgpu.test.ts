import { beforeAll, expect, it } from 'vitest';
import { runProcess } from '../../helpers/cli.js';
import { useProgram } from '../../helpers/folder.js';
import { noWebgpu, webgpuEnvironment } from '../../helpers/webgpu.js';

interface Differences {
  /** Of the energy, relative; in eV/A and eV/A^3. */
  readonly energy: number;
  readonly forces: number;
  readonly stress: number;
}

interface Traffic {
  readonly sentCount: number;
  readonly sentBytes: number;
  readonly heldBytes: number;
}

/** A run without a break, and one that was resumed on its way. */
interface Resumed {
  /** Places at which edges were listed. */
  readonly places: number;
  readonly whole: readonly number[];
  readonly resumed: readonly number[];
}

/** What `webgpu-process.ts` writes. */
interface Report {
  readonly notices: readonly string[];
  readonly compared?: Readonly<Record<string, Differences>>;
  readonly traffic?: readonly Traffic[];
  /** What was told of a graph in double precision, then its output. */
  readonly ofDoubles?: readonly string[];
  readonly simulated?: Resumed;
  readonly relaxed?: Resumed;
}

const unlimited = 0; // software drivers compile for minutes on a busy machine
const program = useProgram('helpers/webgpu-process.ts');
let report: Report;
beforeAll(async () => {
  const { stdout, stderr, exitCode } = await runProcess(process.execPath, [program()], { env: webgpuEnvironment });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  report = JSON.parse(stdout);
  if (report.compared === undefined) expect(report.notices.join()).toContain('device webgpu is not available');
}, unlimited);

it('gives the energies, forces and stresses of the CPU', ({ skip }) => {
  const { compared } = report;
  if (compared === undefined) return skip(noWebgpu);
  expect(Object.keys(compared)).toEqual(['bare', 'moved', 'stretched', 'together']);
  for (const { energy, forces, stress } of Object.values(compared)) {
    expect(energy).toBeLessThan(1e-6);
    expect(forces).toBeLessThan(1e-5);
    expect(stress).toBeLessThan(1e-6);
  }
});

it('sends one array for a step, the moves of the atoms, and a second one when a cell changed', ({ skip }) => {
  const { traffic } = report;
  if (traffic === undefined) return skip(noWebgpu);
  const [listed, ...later] = traffic;
  const steps = later.map(({ sentCount, sentBytes, heldBytes }, index) => {
    const before = traffic[index];
    return [sentCount - before.sentCount, sentBytes - before.sentBytes, heldBytes / listed.heldBytes];
  });
  const moves = 3 * 3 * 4; // 3 atoms of 3 numbers of 4 bytes
  const heldOfTwo = steps[3][2];
  expect(steps[0]).toEqual([1, moves, 1]);
  expect(steps[1]).toEqual([1, moves, 1]);
  expect(steps[2]).toEqual([2, moves + 9 * 4, 1]);
  expect(steps[4]).toEqual([1, 2 * moves, heldOfTwo]);
  expect(heldOfTwo).toBe(2); // the lists of one system are not kept beside those of two
  expect(steps[5][2]).toBe(0);
});

it('tells of a graph that the device does not run', ({ skip }) => {
  const { ofDoubles } = report;
  if (ofDoubles === undefined) return skip(noWebgpu);
  expect(ofDoubles).toEqual([expect.stringContaining('parts of the model do not run on webgpu'), '2', '4']);
});

it.for(['simulated', 'relaxed'] as const)('gives a run that is resumed the same bits: %s', (what, { skip }) => {
  const run = report[what];
  if (run === undefined) return skip(noWebgpu);
  expect(run.places).toBeGreaterThan(1);
  expect(run.places).toBeLessThan(7);
  expect(run.resumed).toEqual(run.whole);
});
