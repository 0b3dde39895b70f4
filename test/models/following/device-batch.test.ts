import { expect, it } from 'vitest';
import { createModelCalculator } from '../../../calculators/model-calculator.js';
import { deviceBatchAtoms } from '../../../src/models/following/device-batch.js';
import { listSystems } from '../../../src/models/following/listed-systems.js';
import { defaultSkin } from '../../../src/models/potential.js';
import { createStructure } from '../../../src/structure/structure.js';
import { tinyPainn } from '../../helpers/tiny-painn.js';

const a = 3.61; // of copper, in A
const copper = createStructure({
  symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
  positions: [0, 0, 0, 0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
  cell: [a, 0, 0, 0, a, 0, 0, 0, a],
});

it('fills the largest array that every WebGPU device takes, for dense crystals', () => {
  const { config } = tinyPainn({ channels: 64, cutoff: 5 });
  const followed = { ...copper, reference: copper };
  const { feeds, atomCount } = listSystems([followed], { config, skin: defaultSkin });
  const bytesOfAtom = ((feeds.senders.shape[0] / atomCount) * 3 * config.channels * 32) / 8;
  const share = (deviceBatchAtoms(config, { skin: defaultSkin }) * bytesOfAtom) / (128 * 1024 * 1024);
  expect(share).toBeLessThan(1);
  expect(share).toBeGreaterThan(0.6); // copper has 0.085 atoms in a cubic Angstrom, and fewer pairs in the shell at the end
});

it('is told by calculators on a device that keeps lists, with how far systems may go from theirs', async () => {
  const model = tinyPainn();
  await using onDevice = createModelCalculator({ model, device: 'webgpu', skin: 0.4 });
  await using onCpu = createModelCalculator({ model });
  expect(onDevice.capabilities.follows).toEqual({ cutoff: model.config.cutoff, skin: 0.4 });
  expect(onDevice.capabilities.batchAtoms).toBe(deviceBatchAtoms(model.config, { skin: 0.4 }));
  expect(onCpu.capabilities.follows).toBeUndefined();
});
