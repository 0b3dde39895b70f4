import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { equiformerBench } from './cases/equiformer.js';
import { cifBench, extxyzBench, outcarBench, vasprunBench } from './cases/files.js';
import { busyBench, fusedBench } from './cases/fused.js';
import { fusedPytorchBench } from './cases/fused-pytorch.js';
import { lammpsBench } from './cases/lammps.js';
import { loadingBench } from './cases/loading.js';
import { mdBench } from './cases/md.js';
import { driverBench } from './cases/md-driver.js';
import { driftBench, ratesBench } from './cases/md-model.js';
import { threadsBench } from './cases/md-threads.js';
import { neighborBench } from './cases/neighbors.js';
import { painnBench } from './cases/painn.js';
import { screeningBench } from './cases/screening.js';
import type { Comparison } from './comparison.js';
import type { BenchGroup } from './context.js';
import { formatTable } from './table.js';

const groups: Readonly<Record<string, BenchGroup>> = {
  neighbors: neighborBench,
  md: mdBench,
  lammps: lammpsBench,
  driver: driverBench,
  threads: threadsBench,
  extxyz: extxyzBench,
  cif: cifBench,
  outcar: outcarBench,
  vasprun: vasprunBench,
  loading: loadingBench,
  painn: painnBench,
  fused: fusedBench,
  pytorch: fusedPytorchBench,
  busy: busyBench,
  rates: ratesBench,
  drift: driftBench,
  equiformer: equiformerBench,
  screening: screeningBench,
};

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
  },
});
const unknown = options.only?.find((name) => !(name in groups));
if (unknown !== undefined) {
  console.error(`expected --only ${Object.keys(groups).join(' | ')}, found ${unknown}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'lamm-bench-'));
const rows: Comparison[] = [];
const skipped: string[] = [];
const skip = (message: string): void => {
  skipped.push(message);
  console.error(`skipped: ${message}`);
};
try {
  for (const [name, group] of Object.entries(groups)) {
    if (options.only !== undefined && !options.only.includes(name)) continue;
    const context = { rounds: Number(options.rounds), threads: Number(options.threads), folder, skip };
    for await (const row of group(context)) {
      rows.push(row);
      const peer = row.peer && `, ${row.peer.name} ${row.peer.median.toPrecision(3)} ms`;
      console.error(`${row.name}: ${row.ours.median.toPrecision(3)} ms${peer ?? ''}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(formatTable(rows));
if (options.out !== undefined) {
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  const report = {
    date: new Date().toISOString(),
    machine,
    rounds: Number(options.rounds),
    threads: Number(options.threads),
    rows,
    skipped,
  };
  writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
}
