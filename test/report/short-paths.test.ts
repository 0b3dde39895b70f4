import { describe, expect, it } from 'vitest';
import { shortPaths } from '../../src/report/short-paths.js';

describe('short paths', () => {
  it.each([
    [
      ['/d/a/test.xyz', '/d/b/test.xyz'],
      ['a', 'b'],
    ],
    [
      ['x/a.xyz', 'x/b.xyz'],
      ['a.xyz', 'b.xyz'],
    ],
    [
      ['/d/a/x/t', '/d/b/y/t'],
      ['a/x', 'b/y'],
    ],
    [['/d/a.xyz'], ['a.xyz']],
    [
      ['a', 'a/b'],
      ['a', 'a/b'],
    ],
    [
      ['s/a', 'a'],
      ['s/a', 'a'],
    ],
  ])('of %j are %j', (paths, expected) => {
    expect([...shortPaths(paths).values()]).toEqual(expected);
  });
});
