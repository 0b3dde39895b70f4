import type { Command } from 'commander';
import { countOf } from '../../count-of.js';
import { runDataConvertTask } from '../../tasks/data/convert/run.js';
import { dataConvertTask } from '../../tasks/data/convert/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark, spelled } from '../output/output.js';

/** Runs `lamm data convert` for files. */
export async function dataConvert(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, dataConvertTask);
  const { out, format, frames, atoms, labelled, leftOut, refused } = await runDataConvertTask(files, given, {
    tell: remark,
  });
  if (json) {
    printJson({ out, format, frames, atoms, labelled, leftOut, refused: refused.map(spelled) });
    return;
  }
  const counts = `${countOf(frames, 'frame')}, ${countOf(atoms, 'atom')}`;
  const labels = `energy ${labelled.energy}, forces ${labelled.forces}, stress ${labelled.stress}`;
  print(`${out} (${format}): ${counts}; with ${labels}`);
  const names = Object.entries(leftOut).map(([name, count]) => `${name} (${count})`);
  const reason = given.cell ? 'they do not fit the new cell' : `${format} cannot hold them`;
  if (names.length > 0) remark(`left out, for ${reason}: ${names.join(', ')}`);
  for (const message of refused) remark(`refused: ${message}`);
}
