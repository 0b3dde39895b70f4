import { densityOf, type HeadCoverage } from '../../src/models/head-coverage.js';
import type { Sample } from './sample/sample.js';

/**
 * What the samples of each head are, [heads]; `learnsStress` says whether their stress is a label that is trained on.
 */
export function coverageOfHeads(
  samples: Iterable<Sample>,
  { headCount, learnsStress }: { headCount: number; learnsStress: boolean },
): HeadCoverage[] {
  const tallies = Array.from({ length: headCount }, createTally);
  for (const sample of samples) tallies[sample.subset?.head ?? 0].add(sample, learnsStress);
  return tallies.map((tally) => tally.finish());
}

function createTally() {
  const counts = { structures: 0, periodic: 0, energies: 0, forces: 0, stresses: 0 };
  let densities: [number, number] | undefined;
  return {
    add({ structure, energy, forces, stress }: Sample, learnsStress: boolean): void {
      counts.structures++;
      if (structure.pbc.includes(true)) counts.periodic++;
      if (energy !== undefined) counts.energies++;
      if (forces !== undefined) counts.forces++;
      if (stress !== undefined && learnsStress) counts.stresses++;
      const density = densityOf(structure);
      if (density === undefined) return;
      const [least, largest] = densities ?? [density, density];
      densities = [Math.min(least, density), Math.max(largest, density)];
    },
    finish: (): HeadCoverage => ({ ...counts, ...(densities && { densities }) }),
  };
}
