import { createEmtKernel } from './emt.js';
import { serveSites } from './sites/serve-sites.js';

serveSites(createEmtKernel);
