import { it } from 'vitest';
import { readFileSync } from 'node:fs';
import { relaxSteps } from '../../md/relax/relax.js';
import { createStructure } from '../../src/structure/structure.js';
import { testCalculator } from '../helpers/harmonic.js';
const cases = JSON.parse(readFileSync(new URL('../fixtures/md/relaxations.json', import.meta.url),'utf8')).cases.filter((c:any)=>c.calculator.type==='LJ');
it.each(cases.map((c:any)=>[c.name,c]))('%s', async (_:any, c:any) => {
  const {epsilon:e,sigma:s,rc}=c.calculator;
  const calc = testCalculator('lj', ({positions:p})=>{ const n=p.length/3; const energies=new Float64Array(n); const forces=new Float64Array(3*n);
    const sh=4*e*((s/rc)**12-(s/rc)**6);
    for(let a=0;a<n;a++)for(let b=a+1;b<n;b++){const d=[0,1,2].map(k=>p[3*b+k]-p[3*a+k]);const r=Math.hypot(...d);if(r>rc)continue;const x=(s/r)**6;const u=4*e*(x*x-x)-sh;const f=4*e*(-12*x*x+6*x)/r;energies[a]+=u/2;energies[b]+=u/2;d.forEach((v,k)=>{forces[3*a+k]+=f*v/r;forces[3*b+k]-=f*v/r});}
    return {energies,forces};});
  let worst=0; let n=0;
  for await (const f of relaxSteps(createStructure(c.initial), calc, {optimizer:c.optimizer.toLowerCase(), fmax:c.fmax})) { worst=Math.max(worst, Math.abs(f.energy-c.energy_per_step[f.step]??99)); n=f.step; }
  console.log(c.name, n, c.steps, worst);
});
