import type { Calculator } from '../../../calculators/calculator.js';
import type { RecordOptions } from '../../../md/record/record.js';
import { adviseTimestepFs } from '../../../md/state/timestep-advice.js';
import { smallestOf } from '../../extremes.js';
import type { Structure } from '../../structure/structure.js';
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
  const loss = out === undefined ? undefined : lossOf(out, structure);
  return [
    ...natureOfForces(calculator, md.ensemble),
    ...timestepAdvice(structure, md.timestepFs),
    ...(keepsVelocities ? ['starting from the velocities of the file; `velocities: draw` makes new ones'] : []),
    ...(analysis ? [`analysing ${describeAnalysis(analysis)}`] : []),
    ...(loss === undefined ? [] : [loss]),
  ];
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
  return describeLoss(out, { ...structure, velocities: positions, labels, info: {}, arrays: {} });
}
