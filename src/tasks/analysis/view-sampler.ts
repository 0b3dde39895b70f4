import { iterateStructures } from '../../io/read-structures.js';
import type { ViewFrame } from '../../report/trajectory-view.js';
import type { AtomicSystem } from '../../structure/structure.js';

/** Frames and coordinates that a page can well hold. */
const maxFrames = 200;
const maxAtoms = 500_000;

/** Keeps evenly spaced frames of a series of unknown length: when there are too many, every second one goes. */
export function createViewSampler() {
  let kept: ViewFrame[] = [];
  let stride = 1;
  let seen = 0;
  return {
    add(system: AtomicSystem, timeFs: number): void {
      if (seen++ % stride !== 0) return;
      kept.push({ system, label: `${Number((timeFs / 1000).toPrecision(9))} ps` });
      const limit = Math.max(1, Math.min(maxFrames, Math.floor(maxAtoms / system.numbers.length)));
      if (kept.length <= limit) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    frames: (): readonly ViewFrame[] => kept,
  };
}

/** Some frames, evenly chosen, of a trajectory of `lamm md`. */
export async function sampleTrajectory(path: string): Promise<readonly ViewFrame[]> {
  const sampler = createViewSampler();
  for await (const structure of iterateStructures(path)) sampler.add(structure, Number(structure.info.time_fs ?? 0));
  return sampler.frames();
}
