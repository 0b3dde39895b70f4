import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openHdf5 } from '../../../src/io/hdf5/hdf5-file.js';
import { readStructures } from '../../../src/io/read-structures.js';

const path = fileURLToPath(new URL('../../fixtures/io/hdf5/virtual.h5', import.meta.url));

it('a file that the library does not come back from is given up, and others are read afterwards', async () => {
  const file = await openHdf5(path);
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(() =>
      file.check(() => {
        for (;;);
      }),
    ).toThrow(/virtual.h5: reading the HDF5 data took more than 3 s, .* given up/);
  }
  file[Symbol.dispose]();
  await expect(readStructures(path)).rejects.toThrow(/lie in another file/);
  await expect(readStructures(path)).rejects.toThrow(/lie in another file/);
});
