import { it } from 'vitest';
import { continueMd, startMd } from '../../md/run.js';
import { createCalculator } from '../../calculators/create-calculator.js';
import { rattledCopper } from '../helpers/copper.js';
it('x', async () => {
  for (const n of [5]) for (let round = 0; round < 2; round++) {
  const s = rattledCopper(n, { rattle: 0.05 });
  for (const [ensemble, coupling] of [['nve','isotropic'],['langevin','isotropic'],['bussi','isotropic'],['nose-hoover','isotropic'],['berendsen','isotropic'],['npt-rescale','isotropic'],['npt-rescale','triclinic'],['npt-mtk','isotropic'],['npt-mtk','triclinic'],['npt-berendsen','isotropic']] as const) {
    const base = createCalculator('emt'); let inside = 0; 
    const cal = { ...base, calculate: async (x: any) => { const t = performance.now(); const r = await base.calculate(x); inside += performance.now() - t; return r; } };
    const steps = 500;
    const run = await startMd(s, cal as any, { steps, ensemble, coupling, timestepFs: 2, compressibilityPerGPa: 0.007 });
    inside = 0; const t = performance.now();
    for await (const _ of continueMd(run, cal as any)) void _;
    const all = performance.now() - t;
    console.log(4*n**3, ensemble, coupling, 'ms/step', (all/steps).toFixed(3), 'driver %', (100*(all-inside)/all).toFixed(1), 'us', (1000*(all-inside)/steps).toFixed(0));
  }}
}, 120000);
