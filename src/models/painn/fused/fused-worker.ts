import { workerData } from 'node:worker_threads';
import { serveTeam, type TeamSeat } from '../../../threads/team.js';
import type { FusedRecipe } from './fused-evaluator.js';
import { openKernels } from './kernels.js';
import { openStages } from './stages.js';
import type { FusedTask } from './task.js';

/** The threads behind `createFusedEvaluator`: each has kernels of its own in the memory that all share. */
function serve({ seat, recipe: { module, memory } }: { readonly seat: TeamSeat; readonly recipe: FusedRecipe }): void {
  const kernels = openKernels(module, memory);
  serveTeam(seat, (task) => openStages(task as FusedTask, { kernels, memory, thread: seat.index })); // that is what the evaluator shares
}

serve(workerData);
