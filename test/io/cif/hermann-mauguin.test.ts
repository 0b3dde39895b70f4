import { describe, expect, it } from 'vitest';
import { operationsOfUnusualName, splitGroupName } from '../../../src/io/cif/hermann-mauguin.js';
import { formatOperation, missingProduct, type SymmetryOperation } from '../../../src/io/cif/operations.js';
import { operationsOf, settingsOfName, settingsOfNumber } from '../../../src/io/cif/space-groups.js';

const sorted = (operations: readonly SymmetryOperation[] | undefined) => operations?.map(formatOperation).sort();

describe('splitGroupName', () => {
  it.each([
    ['R-3c:H', { base: 'R-3c', suffix: 'h' }],
    ['R -3 c :R', { base: 'R -3 c', suffix: 'r' }],
    ['R-3mH', { base: 'R-3m', suffix: 'h' }],
    ['R 3 c (hexagonal axes)', { base: 'R 3 c', suffix: 'h' }],
    ['F d -3 m S', { base: 'F d -3 m', suffix: '1' }],
    ['Fd-3mZ', { base: 'Fd-3m', suffix: '2' }],
    ['F d -3 m (origin choice 2)', { base: 'F d -3 m', suffix: '2' }],
    ['P n n n O2', { base: 'P n n n', suffix: '2' }],
    ['P4/nmm (2)', { base: 'P4/nmm', suffix: '2' }],
    ['P 1 21/c 1', { base: 'P 1 21/c 1' }],
    ['P2(1)/n', { base: 'P2(1)/n' }],
    ['P 21/c (No. 14)', { base: 'P 21/c', number: 14 }],
    ['P21/c, #14', { base: 'P21/c', number: 14 }],
    ['F d -3 m :2 (227)', { base: 'F d -3 m', suffix: '2', number: 227 }],
    ['P b n m :cab', { base: 'P b n m', suffix: 'cab' }],
  ])('takes "%s" apart', (text, parts) => {
    expect(splitGroupName(text)).toEqual(parts);
  });

  it.each([
    ['P6~3~/mmc', 194],
    ['P6<sub>3</sub>/mmc', 194],
    ['P6_{3}/mmc', 194],
    ['P 6_3 /m m c', 194],
    ['$P6_3/mmc$', 194],
    ['P\\=1', 2],
    ['P\u22121', 2],
    ['P1\u0305', 2],
    ['R\\bar{3}m', 166],
    ['F d \u20133 m', 227],
    ['P 21/N 21/M 21/A', 62],
    ['p n m a', 62],
    ['I 41/A M D', 141],
    ['F 4/m -3 2/m', 225],
    ['Ia3d', 230],
  ])('sees through the markup of "%s"', (text, number) => {
    expect(new Set(settingsOfName(splitGroupName(text).base).map((setting) => setting.number))).toEqual(
      new Set([number]),
    );
  });

  it('keeps a change of coordinates', () => {
    const { base, change } = splitGroupName('P 1 21/c 1 (x-z,y,z)');
    expect({ base, rotation: change?.rotation }).toEqual({
      base: 'P 1 21/c 1',
      rotation: [1, 0, -1, 0, 1, 0, 0, 0, 1],
    });
  });
});

describe('operationsOfUnusualName', () => {
  it('makes of every tabulated monoclinic name what the table says', () => {
    const monoclinic = Array.from({ length: 13 }, (_, index) => settingsOfNumber(index + 3)).flat();
    expect(monoclinic).toHaveLength(105);
    let compared = 0;
    for (const setting of monoclinic) {
      if (/[A-F]\s.*[ace]/.test(setting.name) && setting.setting.startsWith('-')) continue; // glides shifted by half a centring vector
      const made = sorted(operationsOfUnusualName(setting.name.replaceAll('_', ''), []));
      expect(made, setting.name).toEqual(sorted(operationsOf(setting)));
      compared++;
    }
    expect(compared).toBeGreaterThan(85);
  });

  it.each([
    ['B 1 21/n 1', 8],
    ['F 1 2/m 1', 16],
    ['A 1 1 2/n', 8],
    ['I 2/c', 8],
    ['F 4/m m m', 64],
    ['C -1', 4],
  ])('makes a group of %s', (name, order) => {
    const operations = operationsOfUnusualName(name, [1, 2, 0]) ?? [];
    expect(operations).toHaveLength(order);
    expect(missingProduct(operations)).toBeUndefined();
  });

  it('takes the unique axis of a short name from those that suit', () => {
    expect(sorted(operationsOfUnusualName('F 2', [1]))).toContain('-x, y, -z');
    expect(sorted(operationsOfUnusualName('F 2', [2, 0]))).toContain('-x, -y, z');
    expect(sorted(operationsOfUnusualName('F 2/b', [1, 2]))).toContain('x, y+1/2, -z'); // b cannot glide along itself
  });

  it.each(['', 'P', 'Q 7 z', 'P 2 2', 'P 3', 'F 2/x', 'C 4/a m d', 'I 21 21 21 1'])('does not know "%s"', (name) => {
    expect(operationsOfUnusualName(name, [1])).toBeUndefined();
  });
});
