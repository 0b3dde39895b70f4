import { workerData } from 'node:worker_threads';
import { serveTeam, type TeamSeat } from '../../src/threads/team.js';
import { createEmtKernel } from '../emt.js';
import { lennardJonesPotential } from '../lennard-jones.js';
import { morsePotential } from '../morse.js';
import { createPairKernel } from '../pair-potential.js';
import { openSearch, type SearchTask } from './shared-search.js';
import type { KernelRecipe, SiteKernel, SiteTask } from './site-calculator.js';

/** The threads behind `createSiteCalculator`: each makes the kernel anew and does its share of the work. */
function serve({ seat, recipe }: { readonly seat: TeamSeat; readonly recipe: KernelRecipe }): void {
  const kernel = createKernel(recipe);
  serveTeam(seat, (task) => {
    const shared = task as SiteTask | SearchTask; // that is what the calculator shares
    return 'search' in shared ? openSearch(shared) : kernel.openWork(shared.job, shared.scratch);
  });
}

function createKernel({ name, options }: KernelRecipe): SiteKernel {
  switch (name) {
    case 'lj':
      return createPairKernel(lennardJonesPotential(options));
    case 'morse':
      return createPairKernel(morsePotential(options));
    case 'emt':
      return createEmtKernel();
  }
}

serve(workerData);
