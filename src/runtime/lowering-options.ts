import type { LowerOptions } from '../tensor/onnx/lower.js';
import type { RuntimeOptions } from './session.js';

/** How a graph is written for the device that is asked for. */
export function loweringOptions({ precision, device }: RuntimeOptions): LowerOptions {
  return { ...(precision && { precision }), ownSine: device === 'webgpu', feedsShapes: device === 'webgpu' };
}
