import { workerData } from 'node:worker_threads';
import { serveTeam, type TeamSeat } from '../../src/threads/team.js';
import { openSearch, type SearchTask } from './shared-search.js';
import type { SiteKernel, SiteTask } from './site-calculator.js';

/**
 * What the entry of a `KernelRecipe` does: makes the kernel anew from the options of the recipe, and does the share of
 * this thread in the work of `createSiteCalculator`.
 */
export function serveSites<Options extends object>(createKernel: (options: Options) => SiteKernel): void {
  const { seat, recipe } = workerData as { readonly seat: TeamSeat; readonly recipe: Options }; // what createTeam sends
  const kernel = createKernel(recipe);
  serveTeam(seat, (task) => {
    const shared = task as SiteTask | SearchTask; // that is what the calculator shares
    return 'search' in shared ? openSearch(shared) : kernel.openWork(shared.job, shared.scratch);
  });
}
