import { morsePotential } from './morse.js';
import { createPairKernel } from './pair-potential.js';
import { serveSites } from './sites/serve-sites.js';

serveSites((options: Parameters<typeof morsePotential>[0]) => createPairKernel(morsePotential(options)));
