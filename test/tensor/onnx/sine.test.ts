import { expect, test } from 'vitest';
import { openOnnxModel } from '../../../src/runtime/onnx-session.js';
import { lowerToOnnx } from '../../../src/tensor/onnx/lower.js';
import { cos, input, sin } from '../../../src/tensor/operations.js';

test('sine and cosine made of sums and products are right to single precision', async () => {
  const x = input('x', ['n']);
  const model = lowerToOnnx({ sine: sin(x), cosine: cos(x) }, { ownSine: true });
  for (const operator of ['Sin', 'Cos']) expect(Buffer.from(model.bytes).includes(operator)).toBe(false);
  await using session = await openOnnxModel(model, { threads: 1 });
  const turns = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 100, 159].map((turn) => 2 * Math.PI * turn);
  const spread = Array.from({ length: 20_001 }, (_, index) => (index - 10_000) / 10);
  const data = Float32Array.of(...turns, ...turns.map((angle) => -angle), ...spread);
  const { sine, cosine } = await session.run({ x: { data, shape: [data.length] } });
  for (const [index, angle] of data.entries()) {
    expect(Math.abs(sine.data[index] - Math.sin(angle))).toBeLessThan(3e-7);
    expect(Math.abs(cosine.data[index] - Math.cos(angle))).toBeLessThan(3e-7);
  }
});
