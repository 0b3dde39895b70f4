import { type DataReport, problemsOfForces, problemsOfGeometry } from '../check/check-data.js';
import { createForceGauge } from '../check/force-consistency.js';
import { createGeometryTally } from '../check/geometry-tally.js';
import { createStressGauge } from '../check/stress-consistency.js';
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
  const geometries = data.heads.map(({ name }) => createGeometryTally(data.heads.length > 1 ? `head ${name}: ` : ''));
  for (const role of ['training', 'validation', 'test'] as const) {
    for (const sample of data[role]) {
      const head = sample.subset?.head ?? 0;
      gauges[head].add(sample);
      stressGauges[head].add(sample);
      geometries[head].add(role, sample);
    }
  }
  const found = geometries.map((tally) => tally.finish());
  const stresses = stressGauges.map((gauge) => gauge.measure());
  return {
    problems: [
      ...gauges.flatMap((gauge) => problemsOfForces(gauge.measure())),
      ...stresses.flatMap(({ problems }) => problems),
      ...problemsOfGeometry(data.files),
      ...found.flatMap(({ problems }) => problems),
    ],
    remarks: [...stresses, ...found].flatMap(({ remarks }) => remarks),
  };
}
