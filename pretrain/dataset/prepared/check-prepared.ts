import { type DataReport, problemsOfForces, problemsOfGeometry } from '../check/check-data.js';
import { createForceGauge } from '../check/force-consistency.js';
import { createGeometryTally } from '../check/geometry-tally.js';
import { createPlaceholderTally } from '../check/placeholders.js';
import { createStressGauge } from '../check/stress-consistency.js';
import { isIsolatedAtom } from '../labels/isolated-atoms.js';
import type { PreparedData } from '../prepare-data.js';

type Judged = Pick<PreparedData, 'training' | 'validation' | 'test' | 'heads' | 'files' | 'report'>;

/**
 * Judges the data of a training: whether forces and stresses of each level of theory, whose subsets share a head, fit
 * its energies, and whether a frame to test on is one to train on.  In one pass over the samples, unless it is known
 * already.
 */
export async function checkPrepared(data: Judged): Promise<Pick<DataReport, 'problems' | 'remarks'>> {
  if (data.report !== undefined) return data.report;
  const gauges = data.heads.map(() => createForceGauge());
  const stressGauges = data.heads.map(() => createStressGauge());
  const prefixes = data.heads.map(({ name }) => (data.heads.length > 1 ? `head ${name}: ` : ''));
  const geometries = prefixes.map(createGeometryTally);
  const placeholders = prefixes.map(createPlaceholderTally);
  for (const role of ['training', 'validation', 'test'] as const) {
    for (const sample of data[role]) {
      const head = sample.subset?.head ?? 0;
      gauges[head].add(sample);
      stressGauges[head].add(sample);
      geometries[head].add(role, sample);
      if (!isIsolatedAtom(sample)) placeholders[head].add(sample);
    }
  }
  const found = geometries.map((tally) => tally.finish());
  const stoodIn = placeholders.map((tally) => tally.finish());
  const stresses = stressGauges.map((gauge) => gauge.measure());
  return {
    problems: [
      ...gauges.flatMap((gauge, head) =>
        stoodIn[head].problems.length > 0 ? stoodIn[head].problems : problemsOfForces(gauge.measure()),
      ),
      ...stresses.flatMap(({ problems }) => problems),
      ...problemsOfGeometry(data.files),
      ...found.flatMap(({ problems }) => problems),
    ],
    remarks: [...stoodIn, ...stresses, ...found].flatMap(({ remarks }) => remarks),
  };
}
