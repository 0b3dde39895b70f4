import { expect, it } from 'vitest';
import { parseConstraints } from '../../../md/state/constraints-setting.js';

it('reads atoms, planes and lines, atoms counted from 1', () => {
  const first = parseConstraints('atoms:1-3,7');
  expect(first).toEqual([{ kind: 'atoms', atoms: [0, 1, 2, 6] }]);
  expect(parseConstraints('plane:2:0, 0,1 ; line:4-5:1,-1e-3,0', first)).toEqual([
    ...first,
    { kind: 'plane', atoms: [1], normal: [0, 0, 1] },
    { kind: 'line', atoms: [3, 4], direction: [1, -1e-3, 0] },
  ]);
});

it.each([
  '',
  'atoms',
  'atoms:',
  'atoms:0',
  'atoms:3-1',
  'atoms:1:0,0,1',
  'plane:1',
  'plane:1:0,0',
  'plane:1:0,0,x',
  'plane:1:0,,1',
  'ring:1:0,0,1',
  'line:1:1,0,0:2',
  'atoms:1-999999999999',
  'atoms:1-6000000,1-6000000',
])('refuses "%s" with the expected form', (text) => {
  expect(() => parseConstraints(text)).toThrow(/`constraints`: expected atoms:1-4,7 or plane/);
});
