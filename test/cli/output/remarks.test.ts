import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nameSettings, remark, tellRepeated } from '../../../src/cli/output/output.js';
import { createProgress } from '../../../src/cli/output/progress.js';

let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
});
afterEach(() => {
  tellRepeated();
  nameSettings(() => undefined);
  vi.restoreAllMocks();
});

describe('remarks', () => {
  it('are said once, and counted at the end', () => {
    for (let i = 0; i < 25; i++) remark('the forces are not the derivative of the energy, which heats a closed system');
    remark('another');
    expect(written.split('\n')).toHaveLength(3);
    tellRepeated();
    expect(written).toMatch(
      /another\n\(25 times: the forces are not the derivative of the energy, which heats \.\.\.\)\n$/,
    );
    tellRepeated();
    expect(written.split('\n')).toHaveLength(4);
    remark('another'); // of the next command
    expect(written).toMatch(/another\n$/);
  });

  it('name settings as users write them', () => {
    nameSettings((key) => (key === 'energyKey' ? '--energy-key' : undefined));
    remark('name it with `energyKey`, or `ensemble: nve`');
    expect(written).toBe('name it with --energy-key, or ensemble: nve\n');
  });

  it('are not behind a bar on the same line', () => {
    let terminal = '';
    const stream = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          terminal += chunk.toString();
          done();
        },
      }),
      { isTTY: true, columns: 80, cursorTo: () => true, clearLine: () => true, moveCursor: () => true },
    ) as unknown as NodeJS.WriteStream; // only these members are used
    const progress = createProgress({ label: 'md', total: 10, stream });
    progress.update(3);
    remark('look');
    expect(terminal.endsWith('\r\x1b[2K')).toBe(true);
    progress[Symbol.dispose]();
    const length = terminal.length;
    remark('there is no bar any more');
    expect(terminal.length).toBe(length);
  });
});
