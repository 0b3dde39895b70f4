import { expect, it } from 'vitest';
import { distinctOperations, formatOperation, missingProduct, parseOperation } from '../../../src/io/cif/operations.js';
import { operationsOf, pointGroupOrder, settingsOfName, settingsOfNumber } from '../../../src/io/cif/space-groups.js';

const all = Array.from({ length: 230 }, (_, index) => settingsOfNumber(index + 1));

it('knows 530 settings, each of them a group', () => {
  expect(all.flat()).toHaveLength(530);
  const counts = all.map(([first]) => {
    const operations = operationsOf(first);
    if (operations.length < 60) expect(missingProduct(operations), first.name).toBeUndefined();
    return operations.length;
  });
  // orders of the point group times the points of the lattice
  expect([1, 2, 5, 14, 148, 166, 167, 194, 216, 221, 225, 227, 229, 230].map((number) => counts[number - 1])).toEqual([
    1, 2, 4, 4, 18, 36, 36, 24, 96, 48, 192, 192, 96, 96,
  ]);
});

it('finds every setting by its own full name', () => {
  for (const setting of all.flat()) expect(settingsOfName(setting.name), setting.name).toContainEqual(setting);
});

it('knows the order of every crystal class', () => {
  for (const setting of all.flat()) {
    const rotations = new Set(operationsOf(setting).map(({ rotation }) => rotation.join()));
    expect(pointGroupOrder(setting.number), setting.name).toBe(rotations.size);
  }
});

it.each([
  ['P b c a', 61],
  ['Cmca', 64],
  ['C m c e', 64],
  ['Abm2', 39],
  ['P n m a', 62],
  ['Pa3', 205],
  ['I a 3 d', 230],
  ['P 42/m n m', 136],
  ['I 41/a m d', 141],
  ['P 4(2)/n', 86],
  ['P -4 2(1) m', 113],
])('knows the name %s', (name, number) => {
  expect(new Set(settingsOfName(name).map((setting) => setting.number))).toEqual(new Set([number]));
});

it('reads operations as they are written by many programs', () => {
  const written = ['x,y,z', ' -x, Y+1/2 ,-z + .25', '2/3-x+y,x,0.3333+z', '+x,-1/2+y,z'];
  expect(written.map(parseOperation).map(formatOperation)).toEqual([
    'x, y, z',
    '-x, y+1/2, -z+1/4',
    '-x+y+2/3, x, z+1/3',
    'x, y+1/2, z',
  ]);
});

it.each([
  '',
  'x,y',
  'x,y,z,x',
  'x,y,w',
  'x,y,z+',
  'x,y,z+1/0',
  'x,x,z',
  '1,2,3',
  'x,y,process.exit(1)',
  'x,y,z+999999/3',
  '2x,y,z',
  'x/2,2y,z',
])('refuses "%s" as an operation', (text) => {
  expect(() => parseOperation(text)).toThrow(/expected a symmetry operation/);
});

it('drops repetitions and refuses more operations than any space group has', () => {
  expect(distinctOperations([parseOperation('x,y,z'), parseOperation('x,y+1,z')])).toHaveLength(1);
  const many = Array.from({ length: 193 }, (_, index) => parseOperation(`x,y,z+${index}/499`));
  expect(() => distinctOperations(many)).toThrow(/more than 192/);
});
