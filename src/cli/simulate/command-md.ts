import { type Command, Option } from 'commander';
import { type CalculatorSpec, parseCalculatorSpec } from '../../../calculators/calculator-spec.js';
import type { SteppedCalculator } from '../../../md/ensembles/respa.js';
import type { MdCheckpoint, MdJournal } from '../../../md/record/checkpoint.js';
import type { MdFiles, RecordOptions, RecordSummary } from '../../../md/record/record.js';
import { checkMdOptions, type MdOptions, mdSettings, resolveMdOptions } from '../../../md/settings.js';
import { assertEffective } from '../../settings/check-settings.js';
import type { Structure } from '../../structure/structure.js';
import { addCalculationOptions, type CalculationOptions, frameOption } from '../input/calculation-options.js';
import { addSettings, givenSettings } from '../input/setting-options.js';
import { parseCount, requireOption } from '../input/shared-options.js';
import {
  addMdAnalysisOptions,
  analysisFilesOf,
  analysisOf,
  type MdAnalysisOptions,
  writeMdReport,
} from './md-analysis.js';
import { announceMd, reportMd } from './md-report.js';
import { openOrigin, originOf, takeUp } from './take-up.js';

interface Options extends MdAnalysisOptions, CalculationOptions {
  readonly innerCalculator?: CalculatorSpec;
  readonly supercell?: string;
  readonly frame?: number;
  readonly trajectory?: string;
  readonly log?: string;
  readonly checkpoint?: string;
  readonly trajectoryEvery?: number;
  readonly logEvery?: number;
  readonly checkpointEvery?: number;
  readonly resume?: boolean;
}

const examples = `
Examples:
  lamm md copper.cif --supercell 3,3,3 --steps 2000 --timestep 2fs --temperature 300K
  lamm md copper.cif --supercell 3,3,3 --steps 50000 --ensemble npt-rescale --pressure 1bar --analyze all --report copper.html
  lamm md copper.cif --steps 100000 --resume      goes on to a new total, with everything else as it was`;

/** `lamm md`: molecular dynamics into a trajectory, a log and a checkpoint. */
export function registerMd(command: Command): void {
  command.argument('<file>', 'structure in any known format; - for the standard input');
  addSettings(command, mdSettings)
    .addOption(
      new Option(
        '--inner-calculator <name[:key=value,...]>',
        'cheap forces for steps between those of the calculator, see --inner-steps',
      ).argParser(parseCalculatorSpec),
    )
    .option('--supercell <a,b,c>', 'repeat the cell first')
    .addOption(frameOption)
    .option('--trajectory <path>', 'extended XYZ file for the frames (default: named after the input)')
    .option('--log <path>', 'table of energies and temperature (default: beside the trajectory)')
    .option('--checkpoint <path>', 'state to resume from (default: beside the trajectory)')
    .addOption(new Option('--trajectory-every <steps>', 'steps between frames (default: 100)').argParser(parseCount))
    .addOption(new Option('--log-every <steps>', 'steps between lines of the log (default: 10)').argParser(parseCount))
    .addOption(
      new Option('--checkpoint-every <steps>', 'steps between checkpoints (default: about every second)').argParser(
        parseCount,
      ),
    )
    .option('--resume', 'go on from the checkpoint with the options recorded there');
  addMdAnalysisOptions(command);
  addCalculationOptions(command, 'last structure with its velocities (default: none)')
    .addHelpText('after', examples)
    .action(mdCommand);
}

async function mdCommand(file: string, options: Options, command: Command): Promise<void> {
  const files = await resolveFiles(file, options);
  await using journal = await openFiles(files, options);
  const isCalculatorGiven = command.getOptionValueSource('calculator') !== 'default';
  const given = await givenSettings(command, mdSettings);
  const resumeFrom = options.resume
    ? await findResumePoint(journal, { ...options, given }, isCalculatorGiven)
    : undefined;
  const { supercell } = options;
  const origin = resumeFrom?.settings.origin ?? originOf(options, { isCalculatorGiven: true, others: { supercell } });
  const md = mdOptionsOf(given, resumeFrom);
  const { timestepFs } = checkMdOptions(md); // refuses bad values before a model is loaded
  const structure = await loadStart(file, options, origin.supercell);
  const { checkpoint } = files;
  const analysis = await analysisOf(options, { structure, timestepFs, resumeFrom, checkpoint });
  const request: Omit<RecordOptions, 'md'> = {
    files: { ...files, ...(analysis && { analysis: await analysisFilesOf(files.trajectory) }) },
    settings: resumeFrom?.settings ?? {
      origin,
      trajectoryEvery: options.trajectoryEvery ?? 100,
      logEvery: options.logEvery ?? 10,
      analysis,
      resultKeys: options.resultKeys,
    },
    journal,
    resumeFrom,
  };
  await assertFilesFree(request, structure, options);
  await using calculator = await openOrigin(origin, options);
  const record = { ...request, md: resolveMdOptions(md, calculator.capabilities) };
  if (!resumeFrom) assertEffective(mdSettings, given, record.md);
  await announceMd(structure, calculator, { ...record, out: options.out });
  const summary = await run(structure, calculator, { record, out: options.out }).catch((error: unknown) =>
    sayHowToGoOn(error, files),
  );
  await writeMdReport(summary, options, calculator.name);
  await reportMd(summary, calculator, options);
}

/** Makes sure that no other process writes the files. */
async function openFiles(files: MdFiles, { checkpointEvery, out, report }: Options): Promise<MdJournal> {
  const { openRecord } = await import('../../../md/record/record.js');
  const { assertDistinct, remark } = await import('../output/output.js');
  const { trajectory, log, checkpoint } = files;
  const outputs = [out, report].filter((path) => path !== undefined);
  const analysis = await analysisFilesOf(trajectory);
  await assertDistinct({
    ...{ '--trajectory': trajectory, '--log': log, '--checkpoint': checkpoint, '--out': out, '--report': report },
    ...{ 'the results of --analyze': analysis.json, 'the curves of --analyze': analysis.csv },
  });
  return openRecord({ ...files, analysis }, { checkpointEvery, outputs, tell: remark });
}

/** A file that cannot be written, such as on a full disk, has not cost what was saved. */
async function sayHowToGoOn(error: unknown, { checkpoint }: MdFiles): Promise<never> {
  const { LammError } = await import('../../errors.js');
  const { existsSync } = await import('node:fs');
  if (!(error instanceof LammError && error.code === 'file-write' && existsSync(checkpoint))) throw error;
  const { file = '' } = error.details;
  const message = error.message.replace(`${file}: `, ''); // which the new error puts in front again
  throw new LammError(error.code, `${message}; --resume goes on from ${checkpoint}`, error.details);
}

async function resolveFiles(input: string, options: Options): Promise<MdFiles> {
  const { companionPath, resolveOutputPath } = await import('../output/output.js');
  const { LammError } = await import('../../errors.js');
  const trajectory = resolveOutputPath({ input, out: options.trajectory, suffix: '-md.extxyz', force: true });
  if (!/\.(ext)?xyz$/i.test(trajectory)) {
    throw new LammError('usage', `--trajectory: expected a name ending in .extxyz or .xyz, found "${trajectory}"`, {
      file: trajectory,
    });
  }
  return {
    trajectory,
    log: options.log ?? companionPath(trajectory, '.csv'),
    checkpoint: options.checkpoint ?? companionPath(trajectory, '.checkpoint'),
    lastGood: companionPath(trajectory, '-last-good.extxyz'),
  };
}

// Before anything is calculated: nothing is overwritten but what --resume continues, or --force gives up.
// A simulation that died before its first checkpoint has left empty files, which --resume may fill.
async function assertFilesFree(
  { files, journal, resumeFrom }: Omit<RecordOptions, 'md'>,
  structure: Structure,
  { force, out, resume, report, viewer }: Options,
): Promise<void> {
  const { assertFree } = await import('../output/output.js');
  const { statSync } = await import('node:fs');
  const isEmpty = (path: string) => statSync(path, { throwIfNoEntry: false })?.size === 0;
  const { trajectory, log, checkpoint, analysis } = files;
  const recorded = [trajectory, log, checkpoint, ...Object.values(analysis ?? {})];
  for (const path of resumeFrom ? [] : recorded) assertFree(path, force || (resume && isEmpty(path)));
  for (const path of [out, report]) if (path !== undefined) assertFree(path, force || journal.owns(path));
  if (report !== undefined) (await import('../analyze/viewer-library.js')).loadViewerLibrary(viewer);
  if (out === undefined) return;
  const { assertOutputFormat } = await import('../output/output-format.js');
  assertOutputFormat(out, [structure]);
}

async function findResumePoint(
  journal: MdJournal,
  options: Options & { readonly given: Partial<MdOptions> },
  isCalculatorGiven: boolean,
): Promise<MdCheckpoint | undefined> {
  const { loadResumePoint } = await import('../../../md/record/record.js');
  const { given, model, trajectoryEvery, logEvery, resultKeys } = options;
  const origin = originOf(options, { isCalculatorGiven, others: { supercell: options.supercell } });
  return takeUp({
    file: journal.path,
    load: () => loadResumePoint(journal, { md: given, settings: { trajectoryEvery, logEvery, resultKeys, origin } }),
    needed: {
      '--steps': given.steps,
      '--calculator': model ?? (isCalculatorGiven || undefined),
      '--ensemble': given.ensemble,
      '--timestep': given.timestepFs,
      '--temperature': given.temperatureK,
    },
    describe: ({ progress: { step } = { step: 0 } }) =>
      step === given.steps
        ? `${journal.path} is at step ${step} already; --steps is the total, those before it included`
        : `going on from step ${step} of ${journal.path}`,
  });
}

function mdOptionsOf(given: Partial<MdOptions>, resumeFrom?: MdCheckpoint): MdOptions {
  const recorded = resumeFrom?.settings.options;
  return { ...(recorded ?? given), steps: requireOption(given.steps ?? recorded?.steps, '--steps', '1000') };
}

async function loadStart(
  file: string,
  options: Pick<Options, 'frame' | 'occupancy'>,
  supercell: string | undefined,
): Promise<Structure> {
  const { loadOneInput } = await import('../input/load-inputs.js');
  const structure = await loadOneInput(file, options);
  if (supercell === undefined) return structure;
  const { LammError } = await import('../../errors.js');
  const { repeatStructure } = await import('../../structure/supercell.js');
  const counts = supercell.split(/[,x ]+/).map(Number);
  if (counts.length !== 3)
    throw new LammError('usage', `--supercell: expected three counts such as 2,2,2, found "${supercell}"`);
  return repeatStructure(structure, [counts[0], counts[1], counts[2]]);
}

async function run(
  structure: Structure,
  calculator: SteppedCalculator,
  { record, out }: { record: RecordOptions; out?: string },
): Promise<RecordSummary> {
  const { recordMd } = await import('../../../md/record/record.js');
  const { snapshotOf } = await import('../../../md/record/snapshot.js');
  const { temperature } = await import('../../../md/state/state.js');
  const { createProgress } = await import('../output/progress.js');
  const { createStopSignal } = await import('../output/stop-signal.js');
  const { writeStructures } = await import('../../io/write-structures.js');
  using stop = createStopSignal();
  using progress = createProgress({ label: 'md', total: record.md.steps, done: record.resumeFrom?.progress?.step });
  const states = recordMd(structure, calculator, { ...record, shouldStop: () => stop.poll() });
  const head = calculator.capabilities.headFor?.(structure).name;
  const { resultKeys } = record.settings;
  let last: Structure | undefined;
  for (;;) {
    const next = await states.next();
    if (next.done) {
      if (out !== undefined && last) await writeStructures(out, [last]);
      return next.value;
    }
    const state = next.value;
    if (state.step % 10 === 0) progress.update(state.step, `T ${temperature(state).toFixed(0)} K`);
    if (state.step === record.md.steps || stop.requested)
      last = snapshotOf(state, record.md.timestepFs, { head, resultKeys });
  }
}
