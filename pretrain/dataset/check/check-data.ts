import { countOf } from '../../../src/count-of.js';
import { type DataSummary, summarise } from '../../../src/structure/data-summary.js';
import { createIsolatedAtoms, isIsolatedAtom } from '../labels/isolated-atoms.js';
import { fitReferenceEnergies } from '../labels/reference-energies.js';
import type { SampleFile } from '../load/load-samples.js';
import { geometryHash } from '../load/split.js';
import { type FileSummary, type FitSummary, summarizeFile, summarizeFit } from '../load/summary.js';
import { describeOrigin } from '../sample/sample.js';
import { type ForceConsistency, measureForceConsistency } from './force-consistency.js';
import { createPlaceholderTally } from './placeholders.js';
import { measureStress, type StressConsistency } from './stress-consistency.js';

/** What is known of a set before anything is trained on it. */
export interface DataReport {
  readonly files: readonly FileReport[];
  /** Of all frames with energies together; absent when there are none. */
  readonly fit?: FitSummary;
  readonly consistency?: ForceConsistency;
  readonly stressConsistency?: StressConsistency;
  /** Reasons not to train on the set. */
  readonly problems: readonly string[];
  /** What may be meant so. */
  readonly remarks: readonly string[];
}

export interface FileReport extends Omit<FileSummary, 'role'> {
  readonly path: string;
  readonly summary: DataSummary;
}

export interface CheckOptions {
  /** Largest distance from the reference fit, eV/atom, that is not taken for a mistake. */
  readonly maximumResidual: number;
}

/** So few pairs of frames may agree or disagree by chance. */
const minPairs = 10;

/** Looks at files of samples as one training on all of them would. */
export async function checkData(files: readonly SampleFile[], options: CheckOptions): Promise<DataReport> {
  const all = files.flatMap((file) => file.samples);
  const isolated = createIsolatedAtoms();
  for (const sample of all) if (isIsolatedAtom(sample)) isolated.add(sample);
  const samples = all.filter((sample) => !isIsolatedAtom(sample));
  const hasEnergies = samples.some(({ energy }) => energy !== undefined);
  const fit = hasEnergies ? summarizeFit(samples, fitReferenceEnergies(samples), isolated.energies) : undefined;
  const consistency = measureForceConsistency(samples);
  const stresses = measureStress(samples);
  const placeholders = createPlaceholderTally();
  for (const sample of samples) placeholders.add(sample);
  const stoodIn = placeholders.finish();
  return {
    files: await Promise.all(files.map(reportFile)),
    ...(fit && { fit }),
    ...(consistency && { consistency }),
    ...(stresses.consistency && { stressConsistency: stresses.consistency }),
    problems: [
      ...problemsOfFit(fit, options),
      ...(stoodIn.problems.length > 0 ? stoodIn.problems : problemsOfForces(consistency)),
      ...stresses.problems,
      ...problemsOfGeometry(files.map((file) => summarizeFile(file, 'train'))),
    ],
    remarks: [...stoodIn.remarks, ...stresses.remarks, ...remarksOnDuplicates(files)],
  };
}

async function reportFile(file: SampleFile): Promise<FileReport> {
  const { role: _, ...counts } = summarizeFile(file, 'train');
  const summary = await summarise(
    file.samples.map(({ structure, energy, forces, stress }) => ({ ...structure, labels: { energy, forces, stress } })),
  );
  return { path: file.file.path, ...counts, summary };
}

function problemsOfFit(fit: FitSummary | undefined, { maximumResidual }: CheckOptions): string[] {
  const [worst] = fit?.worst ?? [];
  if (worst === undefined || Math.abs(worst.perAtom) <= maximumResidual) return [];
  return [
    `${describeOrigin(worst.origin)} lies ${worst.perAtom.toFixed(2)} eV/atom from the reference fit: its energy has another unit or level of theory, or the wrong key was read`,
  ];
}

export function problemsOfForces(consistency: ForceConsistency | undefined): string[] {
  if (consistency === undefined || consistency.pairs < minPairs) return [];
  const { pairs, agreement, slope } = consistency;
  if (agreement < 0.2) {
    return [
      `the forces have the wrong sign: the energy rises along them in ${formatShare(1 - agreement)} of ${countOf(pairs, 'pair')} of close frames; they may be gradients`,
    ];
  }
  if (agreement > 0.9 && (slope < 0.5 || slope > 2)) {
    return [
      `energies and forces have different units: between ${countOf(pairs, 'pair')} of close frames the energy changes by ${slope.toPrecision(3)} times the work of the forces`,
    ];
  }
  return [];
}

function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}

export function problemsOfGeometry(files: readonly FileSummary[]): string[] {
  return files
    .filter(({ drawings }) => drawings > 0)
    .map(
      ({ name, drawings, frames }) =>
        `${name}: ${drawings} of ${countOf(frames, 'record')} ${drawings === 1 ? 'is a drawing' : 'are drawings'} in two dimensions, no geometry`,
    );
}

function remarksOnDuplicates(files: readonly SampleFile[]): string[] {
  const fileOfGeometry = new Map<string, SampleFile>();
  const remarks: string[] = [];
  for (const file of files) {
    let [own, others] = [0, 0];
    for (const { structure } of file.samples) {
      const hash = geometryHash(structure);
      const first = fileOfGeometry.get(hash);
      if (first === undefined) fileOfGeometry.set(hash, file);
      else if (first === file) own++;
      else others++;
    }
    if (own > 0)
      remarks.push(
        `${file.file.name}: ${countOf(own, 'frame')} ${own === 1 ? 'repeats' : 'repeat'} the geometry of another one`,
      );
    if (others > 0)
      remarks.push(
        `${file.file.name}: ${others === 1 ? '1 frame has' : `${others} frames have`} the geometry of a frame in an earlier file; a test set must not`,
      );
  }
  return remarks;
}
