import { type Comparison, comparisonsByHead } from '../../../pretrain/assess/evaluate.js';
import {
  elementErrors,
  joinPairs,
  type PairStatistics,
  pairStatistics,
  paritySets,
  type StructureError,
  structureErrors,
} from '../../../pretrain/assess/parity.js';
import { chemicalSymbols } from '../../elements.js';
import { groupBy } from '../../group-by.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatReport, type Report, type ReportSection } from '../../report/page.js';
import { shortPaths } from '../../report/short-paths.js';
import { formulaOf } from '../../structure/structure.js';
import { elementPlots, type NamedSet, parityPlots, parityPlotsByFile } from './plots.js';

/** Files that have parity plots of their own. */
const maxFilesDrawn = 16;
const maxWorst = 15;

interface EvaluationAbout {
  /** Name of the calculator. */
  readonly calculator: string;
  /** Key of the frames that says their group. */
  readonly by: string;
}

/** Writes a page of predictions beside labels: parity, errors and where they are largest. */
export async function writeEvaluationPage(
  path: string,
  comparisons: readonly Comparison[],
  about: EvaluationAbout,
): Promise<void> {
  await writeFileAtomic(path, formatReport(evaluationReport(comparisons, about)));
}

function evaluationReport(comparisons: readonly Comparison[], { calculator, by }: EvaluationAbout): Report {
  const sets = paritySets(comparisons);
  const names = shortPaths([...new Set(sets.map(({ file }) => file))]);
  const named = sets.map((set): NamedSet => {
    const name = names.get(set.file) ?? set.file;
    return { ...set, name: set.head === undefined ? name : `${name} (${set.head})` };
  });
  const files = named.filter(({ group }) => group === undefined);
  const groups = named.filter(({ group }) => group !== undefined);
  const several = files.length > 1 && files.length <= maxFilesDrawn;
  return {
    title: `${calculator} against ${files.map(({ name }) => name).join(', ')}`,
    remarks: [referenceRemark],
    table: statisticsTable(files, ['file']),
    plots: [],
    sections: [
      { heading: 'Predicted against reference', plots: parityPlots(files) },
      ...(several ? [{ heading: 'By file', plots: parityPlotsByFile(files) }] : []),
      ...(groups.length > 0 ? [groupSection(groups, { by, areFilesNamed: files.length > 1 })] : []),
      ...comparisonsByHead(comparisons).map(({ head, comparisons: ofHead }) => ({
        heading: head === undefined ? 'By element' : `By element, head ${head}`,
        plots: elementPlots(elementErrors(ofHead)),
      })),
      { heading: 'Largest errors', ...largestErrors(structureErrors(comparisons), names) },
    ],
  };
}

const referenceRemark =
  'Energies are shown after one energy per element, fitted to the labels of all files (and one head, where several answered), was taken from labels and predictions alike; errors are the same before and after.';

const head = ['MAE', 'RMSE', 'R2', 'slope'];

/** Groups of frames with a table that sorts by each of its columns. */
function groupSection(
  groups: readonly NamedSet[],
  { by, areFilesNamed }: { readonly by: string; readonly areFilesNamed: boolean },
): ReportSection {
  const table = statisticsTable(groups, areFilesNamed ? ['file', by] : [by]);
  return { heading: `By ${by}`, table, isSortable: true };
}

/**
 * Statistics of sets that are named by their file, their group, or both; of several files, of all of one head together
 * first.
 */
function statisticsTable(sets: readonly NamedSet[], names: readonly string[]): string[][] {
  const ofFiles = sets.filter(({ group }) => group === undefined);
  const totals = Array.from(
    groupBy(ofFiles, ({ head }) => head),
    ([head, ofHead]): NamedSet => ({
      ...{ file: 'all', name: head === undefined ? 'all' : `all (${head})` },
      energies: joinPairs(ofHead.map(({ energies }) => energies)),
      forces: joinPairs(ofHead.map(({ forces }) => forces)),
      stress: joinPairs(ofHead.map(({ stress }) => stress)),
    }),
  );
  const hasStress = sets.some(({ stress }) => stress.reference.length > 0);
  const labels = (kind: string, unit: string) =>
    head.map((name) => (/^[MR]..?[SE]/.test(name) ? `${kind} ${name} (${unit})` : `${kind} ${name}`));
  return [
    [
      ...names,
      ...['energies', ...labels('E', 'meV/atom')],
      ...['force components', ...labels('F', 'meV/A')],
      ...(hasStress ? ['stress components', ...labels('S', 'GPa')] : []),
    ],
    ...[...(ofFiles.length > 1 ? totals : []), ...sets].map((set) => [
      ...(set.group === undefined || names.length > 1 ? [set.name] : []),
      ...(set.group === undefined ? [] : [set.group || '(none)']),
      ...cells(pairStatistics(set.energies), 1000),
      ...cells(pairStatistics(set.forces), 1000),
      ...(hasStress ? cells(pairStatistics(set.stress), 1) : []),
    ]),
  ];
}

/** Statistics as they stand in the table, errors `factor` times as large. */
function cells({ count, mae, rmse, r2, slope }: PairStatistics, factor: number): string[] {
  if (count === 0) return ['0', '-', '-', '-', '-'];
  const scaled = (value: number) => (factor * value).toFixed(2);
  const plain = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(4));
  return [count.toLocaleString('en'), scaled(mae), scaled(rmse), plain(r2), plain(slope)];
}

/** The structures with the largest errors of energy and of one force. */
function largestErrors(errors: readonly StructureError[], names: ReadonlyMap<string, string>) {
  const worst = (sizeOf: (error: StructureError) => number) =>
    errors
      .filter((error) => sizeOf(error) > 0)
      .sort((a, b) => sizeOf(b) - sizeOf(a))
      .slice(0, maxWorst);
  const energyOf = ({ energy = 0 }: StructureError) => Math.abs(energy);
  const forceOf = ({ force }: StructureError) => force?.length ?? 0;
  const row = (error: StructureError) => {
    const { structure, origin } = error.comparison.sample;
    const { file, frame, group = '' } = origin;
    const { energy, force } = error;
    return [
      names.get(file) ?? file,
      String(frame),
      group,
      formulaOf(structure),
      energy === undefined ? '-' : (1000 * energy).toFixed(1),
      force === undefined ? '-' : (1000 * force.length).toFixed(0),
      force === undefined ? '' : `${chemicalSymbols[structure.numbers[force.atom]]} ${force.atom + 1}`,
    ];
  };
  const columns = [
    'file',
    'frame',
    'group',
    'formula',
    'energy error (meV/atom)',
    'largest force error (meV/A)',
    'at atom',
  ];
  const byEnergy = worst(energyOf).map((error) => ['energy', ...row(error)]);
  const byForce = worst(forceOf).map((error) => ['force', ...row(error)]);
  return {
    remarks: [
      `The ${maxWorst} structures with the largest error of the energy per atom, then those with the largest error of one force.`,
    ],
    table: [['by', ...columns], ...byEnergy, ...byForce],
  };
}
