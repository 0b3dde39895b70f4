import type { Format } from '../format.js';
import { iterateHdf5, locateConformations, readLocated } from './hdf5.js';
import { openHdf5 } from './hdf5-file.js';

/** HDF5 files of QM7-X and Transition1x. */
export const hdf5 = {
  name: 'hdf5',
  endings: ['.h5', '.hdf5'],
  isText: (head) => head.startsWith('\uFFFDHDF\r\n\x1A\n'),
  holdsMany: true,
  read: { from: 'path', iterate: iterateHdf5 },
  frames: {
    from: 'path',
    async open(path) {
      const file = await openHdf5(path);
      return {
        locate: () => locateConformations(file),
        read: (place) => readLocated(file, place),
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
  },
} as const satisfies Format;
