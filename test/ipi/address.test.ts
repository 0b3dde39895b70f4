import { describe, expect, it } from 'vitest';
import { formatIpiAddress, parseIpiAddress } from '../../src/ipi/address.js';

describe('an i-PI address', () => {
  it.each([
    ['unix:lamm', { kind: 'unix', path: '/tmp/ipi_lamm' }, '/tmp/ipi_lamm'],
    ['unix:/run/a.sock', { kind: 'unix', path: '/run/a.sock' }, '/run/a.sock'],
    ['/run/a.sock', { kind: 'unix', path: '/run/a.sock' }, '/run/a.sock'],
    ['localhost:31415', { kind: 'tcp', host: 'localhost', port: 31415 }, 'localhost:31415'],
    ['[::1]:31415', { kind: 'tcp', host: '::1', port: 31415 }, '::1:31415'],
  ])('reads %s', (text, address, formatted) => {
    expect(parseIpiAddress(text)).toEqual(address);
    expect(formatIpiAddress(parseIpiAddress(text))).toBe(formatted);
  });

  it.each(['', 'unix:', 'unix:/', 'lamm', '31415', 'localhost:', 'localhost:0', 'localhost:70000', 'a:b', '/folder/'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseIpiAddress(text)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  it('refuses a path that no system can bind', () => {
    expect(() => parseIpiAddress(`/tmp/${'x'.repeat(100)}`)).toThrow(/103 bytes, found 105/);
  });
});
