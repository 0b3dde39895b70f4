import fs from 'node:fs';
import { File, ready } from 'h5wasm/node';
import { expect, it, vi } from 'vitest';
import { readStructures } from '../../../src/io/read-structures.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');

it.runIf(process.platform === 'linux')(
  'a file is read to its end though its disk makes one wait for long',
  async () => {
    await ready;
    const file = new File(inFolder('molecules.h5'), 'w');
    const molecule = file.create_group('1');
    for (const name of ['a', 'b', 'c']) {
      const group = molecule.create_group(name);
      group.create_dataset({ name: 'atNUM', data: Uint8Array.of(1), shape: [1] });
      group.create_dataset({ name: 'atXYZ', data: Float64Array.of(0, 0, name.charCodeAt(0)), shape: [1, 3] });
      group.create_dataset({ name: 'ePBE0+MBD', data: Float64Array.of(-1), shape: [1] });
    }
    file.close();
    const { readSync } = fs;
    const place = new Int32Array(new SharedArrayBuffer(4));
    let [reads, wasGivenUp] = [0, false];
    const disk = vi.spyOn(fs, 'readSync').mockImplementation((...args: unknown[]) => {
      if (++reads === 4) {
        wasGivenUp = true;
        Atomics.wait(place, 0, 0, 5000);
        wasGivenUp = false;
      }
      return Reflect.apply(readSync, fs, args);
    });
    try {
      const structures = await readStructures(inFolder('molecules.h5'));
      expect(structures.map(({ positions }) => positions[2])).toEqual([97, 98, 99]);
      expect(wasGivenUp).toBe(true);
    } finally {
      disk.mockRestore();
    }
  },
);
