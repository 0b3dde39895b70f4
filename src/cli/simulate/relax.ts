import type { Command } from 'commander';
import type { RelaxFrame } from '../../../md/relax/relax.js';
import { pressureOfStress } from '../../linalg/voigt.js';
import { cellVolume } from '../../structure/cell.js';
import { type RelaxStepped, runRelaxTask } from '../../tasks/relax/run.js';
import { relaxTask } from '../../tasks/relax/schema.js';
import { GPa } from '../../units.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { reportRelax } from './relax-report.js';

/** Runs `lamm relax` for files. */
export async function relax(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, relaxTask);
  const outcome = await follow(
    command,
    (context) => runRelaxTask(files, given, context),
    (event) => ({ done: event.done, note: describeStep(event) }),
  );
  reportRelax(outcome, { json });
}

function describeStep({ input, frame, withCell }: RelaxStepped): string {
  const cell = withCell ? describeCell(frame) : '';
  return `${input.file} ${input.frame}, step ${frame.step}: ${frame.energy.toFixed(4)} eV, fmax ${frame.fmax.toFixed(4)} eV/A${cell}`;
}

function describeCell({ system, result: { stress } }: RelaxFrame): string {
  const pressure = stress ? `, ${(pressureOfStress(stress) / GPa).toFixed(3)} GPa` : '';
  return `, ${cellVolume(system.cell).toFixed(3)} A^3${pressure}`;
}
