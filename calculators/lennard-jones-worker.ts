import { lennardJonesPotential } from './lennard-jones.js';
import { createPairKernel } from './pair-potential.js';
import { serveSites } from './sites/serve-sites.js';

serveSites((options: Parameters<typeof lennardJonesPotential>[0]) => createPairKernel(lennardJonesPotential(options)));
