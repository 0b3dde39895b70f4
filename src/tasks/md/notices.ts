import type { Calculator } from '../../../calculators/calculator.js';
import type { RecordOptions } from '../../../md/record/record.js';
import { isPressureEnsemble, type ResolvedMdOptions } from '../../../md/settings.js';
import { constrained } from '../../../md/state/constraints.js';
import { adviseTimestepFs } from '../../../md/state/timestep-advice.js';
import { countOf } from '../../count-of.js';
import { calculatorWithHeads } from '../../report/heads.js';
import { smallestOf } from '../../statistics/extremes.js';
import { formulaOf, type Structure } from '../../structure/structure.js';
import { describeLoss } from '../structures/output-format.js';
import { describeAnalysis } from './analysis-spec.js';

/** What a user should know about a simulation before its first step. */
export function noticesBefore(
  structure: Structure,
  calculator: Calculator,
  { md, settings, resumeFrom, out }: Pick<RecordOptions, 'md' | 'settings' | 'resumeFrom'> & { readonly out?: string },
): string[] {
  const { analysis } = settings;
  const keepsVelocities = isMoving(structure) && md.velocities === undefined && !md.equilibrate && !resumeFrom;
  const loss = out === undefined ? undefined : lossOf(out, constrained(structure, md.constraints));
  return [
    describeStart(structure, calculator, md),
    ...natureOfForces(calculator, md.ensemble),
    ...timestepAdvice(structure, md.timestepFs),
    ...(keepsVelocities ? ['starting from the velocities of the file; `velocities: draw` makes new ones'] : []),
    ...(analysis ? [`analysing ${describeAnalysis(analysis)}`] : []),
    ...(loss === undefined ? [] : [loss]),
  ];
}

/** What is simulated, by what and how, in a line. */
function describeStart(structure: Structure, { name, capabilities }: Calculator, md: ResolvedMdOptions): string {
  const { steps, timestepFs, ensemble, temperatureK, temperatureEndK, pressureGPa, pressureEndGPa } = md;
  const head = capabilities.headFor?.(structure).name;
  const atoms = `${formulaOf(structure)}, ${countOf(structure.numbers.length, 'atom')}`;
  const conditions = [
    ...(ensemble === 'nve' ? [] : [ramp(temperatureK, temperatureEndK, 'K')]),
    ...(isPressureEnsemble(ensemble) ? [ramp(pressureGPa, pressureEndGPa, 'GPa')] : []),
  ];
  const how = [ensemble, ...conditions].join(', ');
  const by = calculatorWithHeads(name, head === undefined ? [] : [head]);
  return `simulating ${atoms}: ${countOf(steps, 'step')} of ${timestepFs} fs, ${how}; ${by}`;
}

function ramp(from: number, to: number, unit: string): string {
  return from === to ? `${from} ${unit}` : `${from} to ${to} ${unit}`;
}

function natureOfForces({ name, capabilities }: Calculator, ensemble: string): string[] {
  if (capabilities.conservative) return [];
  const nature = `the forces of ${name} are not the derivative of its energy`;
  if (ensemble === 'nve') return [`warning: ${nature}: at constant energy the temperature will drift`];
  return [`${nature}: a Langevin thermostat takes up the heat that they make (\`ensemble: nve\` would let it drift)`];
}

function timestepAdvice({ masses }: Structure, timestepFs: number): string[] {
  const advice = adviseTimestepFs(masses);
  if (timestepFs <= 1.5 * advice) return [];
  const lightest = smallestOf(masses).toFixed(3);
  return [
    `warning: for atoms of ${lightest} amu a time step of up to ${advice.toFixed(1)} fs is advisable; it is ${timestepFs} fs`,
  ];
}

function isMoving({ velocities }: Structure): boolean {
  return velocities?.some((value) => value !== 0) ?? false;
}

/** What `out` will not hold of what the last structure has. */
function lossOf(out: string, structure: Structure): string | undefined {
  const { positions } = structure;
  const labels = { energy: 0, forces: positions }; // only that they are there counts
  return describeLoss(out, [{ ...structure, velocities: positions, labels, info: {}, arrays: {} }]);
}
