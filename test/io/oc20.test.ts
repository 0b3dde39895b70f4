import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iterateOc20 } from '../../src/io/oc20.js';

const frame = (energy: number) => `2
Lattice="8 0 0 0 8 0 0 0 20" Properties=species:S:1:pos:R:3:move_mask:L:1:tags:I:1:forces:R:3 energy=${energy} free_energy=${energy} pbc="T T T"
Cu 0.0 0.0 5.0 F 0 0.0 0.0 0.1
O  0.0 0.0 7.0 T 2 0.0 0.0 -0.1
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-oc20-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(frames: string, text: string) {
  writeFileSync(join(folder, '0.extxyz'), frames);
  writeFileSync(join(folder, '0.txt'), text);
  const structures = [];
  for await (const structure of iterateOc20(join(folder, '0.extxyz'))) structures.push(structure);
  return structures;
}

describe('reading a pair of OC20 files', () => {
  it('keeps the total energy as the label, and the system, frame and reference energy beside it', async () => {
    const [first, second] = await read(frame(-10.5) + frame(-10.25), 'random12,frame3,-9.5\nrandom12,frame7,-9.5\n');
    expect(first.labels.energy).toBe(-10.5);
    expect(first.info).toMatchObject({ sid: 'random12', fid: 3, reference_energy: -9.5 });
    expect(second.info.fid).toBe(7);
    expect([...(first.fixed ?? [])]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(first.arrays.tags?.integer).toBe(true);
  });

  it('reads packed pairs', async () => {
    writeFileSync(join(folder, '1.extxyz.gz'), gzipSync(frame(-1)));
    writeFileSync(join(folder, '1.txt.gz'), gzipSync('random1,frame0\n'));
    for await (const structure of iterateOc20(join(folder, '1.extxyz.gz'))) {
      expect(structure.info).toMatchObject({ sid: 'random1', fid: 0 });
      expect(structure.info.reference_energy).toBeUndefined();
    }
  });

  it.each([
    ['a line too few', 'random1,frame0,-1\n', /0.extxyz: .*0.txt has 1 lines, but there are more frames/],
    ['a line too many', 'a,0,1\nb,0,1\nc,0,1\n', /has 3 lines, but there are 2 frames/],
    [
      'a line that says something else',
      'random1,frame0,-1\nrandom1\n',
      /0.txt:2: expected "system,frameN,reference energy"/,
    ],
    ['a reference that is no number', 'random1,frame0,nan\nrandom1,frame1,0\n', /0.txt:1: /],
  ])('refuses a text file with %s', async (_, text, message) => {
    await expect(read(frame(-1) + frame(-2), text)).rejects.toThrow(message);
  });

  it('refuses a name that it cannot pair', async () => {
    await expect(iterateOc20(join(folder, 'frames.traj')).next()).rejects.toThrow(/give the name of the text file/);
  });
});
