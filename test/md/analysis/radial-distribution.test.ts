import { describe, expect, it } from 'vitest';
import { createRadialDistribution, type RadialDistribution } from '../../../md/analysis/radial-distribution.js';
import { createRandom } from '../../../src/random.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { repeatStructure } from '../../../src/structure/supercell.js';
import { largestDifference } from '../../helpers/compare.js';
import { rattledCopper } from '../../helpers/copper.js';
import { frameOf } from './frames.js';

function rdfOf(structures: readonly Structure[], options: { cutoff: number; binWidth: number }): RadialDistribution {
  const rdf = createRadialDistribution(options);
  for (const structure of structures) rdf.add({ ...structure, timeFs: 0 });
  return rdf.result();
}

const a = 4;
const fcc = createStructure({
  symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
  positions: [0, 0, 0, 0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
  cell: [a, 0, 0, 0, a, 0, 0, 0, a],
});

describe('the radial distribution', () => {
  it('of an ideal gas is 1 - 1/N within the error of its counts', () => {
    const [length, atomCount, frames] = [20, 150, 40];
    const random = createRandom(11);
    const rdf = createRadialDistribution({ cutoff: 10, binWidth: 0.25 });
    for (let frame = 0; frame < frames; frame++) {
      const positions = Float64Array.from({ length: 3 * atomCount }, () => length * random.uniform());
      rdf.add(frameOf(positions, { length }));
    }
    const { pairs, distances, binWidth } = rdf.result();
    let chiSquared = 0;
    distances.forEach((r, bin) => {
      const shell = 4 * Math.PI * binWidth * (r * r + binWidth ** 2 / 12);
      const expected = ((frames * atomCount * (atomCount - 1)) / 2) * (shell / length ** 3);
      const found = pairs[0].g[bin] * ((frames * atomCount ** 2) / 2) * (shell / length ** 3);
      chiSquared += (found - expected) ** 2 / expected;
    });
    const bins = distances.length;
    expect(Math.abs(chiSquared - bins)).toBeLessThan(4 * Math.sqrt(2 * bins));
  });

  it('of a face-centred crystal has shells of 12, 6, 24 and 12 at sqrt(k/2) a, and nothing between', () => {
    const { pairs, distances, binWidth } = rdfOf([fcc], { cutoff: 6, binWidth: 0.01 });
    const [{ g, neighborsOfFirst }] = pairs;
    const peaks = Array.from(distances.keys()).filter((bin) => g[bin] > 0);
    const shells = [1, 2, 3, 4].map((k) => a * Math.sqrt(k / 2));
    expect(peaks).toHaveLength(4);
    peaks.forEach((bin, k) => expect(Math.abs(distances[bin] - shells[k])).toBeLessThanOrEqual(binWidth / 2 + 1e-12));
    expect(peaks.map((bin) => neighborsOfFirst[bin])).toEqual([12, 18, 42, 54]);
    // The integral of 4 pi rho r^2 g over a peak is its number of atoms.
    const [first] = peaks;
    const shell = ((4 * Math.PI) / 3) * binWidth ** 3 * ((first + 1) ** 3 - first ** 3);
    expect((g[first] * shell * 4) / a ** 3).toBeCloseTo(12, 10);
  });

  it('is the same for a crystal and its supercells, and for any order of its frames', () => {
    const settings = { cutoff: 7, binWidth: 0.1 };
    const cells = [rattledCopper(1, { rattle: 0.05 }), rattledCopper(1, { rattle: 0.2 })];
    const [one] = rdfOf(cells, settings).pairs;
    const [other] = rdfOf(cells.map((cell) => repeatStructure(cell, [2, 1, 3])).reverse(), settings).pairs;
    expect(largestDifference(one.g, other.g)).toBeLessThan(1e-9);
    expect(largestDifference(one.neighborsOfFirst, other.neighborsOfFirst)).toBeLessThan(1e-9);
  });

  it('counts pairs of elements apart: 8 chlorine about caesium, 6 caesium about caesium', () => {
    const cscl = createStructure({
      symbols: ['Cs', 'Cl'],
      positions: [0, 0, 0, 2, 2, 2],
      cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
    });
    const extra = createStructure({
      symbols: ['Cs', 'Cl', 'Cl'],
      positions: [0, 0, 0, 2, 2, 2, 2, 2, 0],
      cell: cscl.cell,
    });
    const { pairs } = rdfOf([cscl], { cutoff: 4.5, binWidth: 0.1 });
    expect(pairs.map(({ first, second }) => `${first}-${second}`)).toEqual(['all-all', 'Cl-Cl', 'Cl-Cs', 'Cs-Cs']);
    expect(pairs.map(({ neighborsOfFirst }) => neighborsOfFirst.at(-1))).toEqual([14, 6, 8, 6]);
    const mixed = rdfOf([extra], { cutoff: 3.6, binWidth: 0.1 }).pairs[2];
    expect([mixed.neighborsOfFirst.at(-1), mixed.neighborsOfSecond.at(-1)]).toEqual([6, 12]);
  });

  it('weighs each frame with its own volume', () => {
    const gas = [10, 20].map((length) => frameOf([0, 0, 0, 1.05, 0, 0], { length }));
    const rdf = createRadialDistribution({ cutoff: 2, binWidth: 0.1 });
    for (const frame of gas) rdf.add(frame);
    const shell = 4 * Math.PI * 0.1 * (1.05 ** 2 + 0.01 / 12);
    expect(rdf.result().pairs[0].g[10]).toBeCloseTo((2 * (1000 + 8000)) / (2 * 4 * shell), 9);
  });

  it('refuses frames without density, other atoms, and bins of no width', () => {
    const rdf = createRadialDistribution();
    expect(() => rdf.add(frameOf([0, 0, 0]))).toThrow(/periodic in all directions, found pbc = F F F/);
    rdf.add(frameOf([0, 0, 0], { length: 9 }));
    expect(() => rdf.add(frameOf([0, 0, 0], { length: 9, symbols: ['Ag'] }))).toThrow(/the atoms change at 0 fs/);
    expect(() => createRadialDistribution({ binWidth: 0 })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
