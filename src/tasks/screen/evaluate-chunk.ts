import { createBatching, defaultBatchAtoms } from '../../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../../calculators/calculator.js';
import { relaxedStructure, relaxSteps } from '../../../md/relax/relax.js';
import { LammError } from '../../errors.js';
import { maxRowNorm } from '../../linalg/rows.js';
import { pressureOfStress } from '../../linalg/voigt.js';
import { cellVolume } from '../../structure/cell.js';
import { formulaOf, type Structure } from '../../structure/structure.js';
import { GPa } from '../../units.js';
import { committeeOf } from './committee.js';
import type { PreparedFrame, Preparer } from './prepare-chunk.js';
import { compositionOf, failedRow, type ScreenRow } from './row.js';
import type { ResolvedScreenOptions } from './schema.js';

/** A frame that was read. */
type Item = Extract<PreparedFrame, { readonly structure: Structure }>;

/** What came of a frame. */
export interface ChunkResult {
  readonly row: ScreenRow;
  /** The structure after the calculation. */
  readonly structure?: Structure;
  readonly result?: CalculationResult;
}

/** What chunks are calculated with. */
export interface ChunkTools {
  readonly preparer: Preparer;
  readonly calculator: Calculator;
  /** Further models, for comparison. */
  readonly committee: readonly Calculator[];
  readonly options: ResolvedScreenOptions;
}

/** Calculates, or relaxes, all frames of a chunk; each is one result, in their order, whatever becomes of it. */
export async function evaluateChunk(
  frames: readonly PreparedFrame[],
  { preparer, calculator, committee, options }: ChunkTools,
): Promise<ChunkResult[]> {
  const results: (ChunkResult | undefined)[] = [];
  const items: (Item & { readonly place: number })[] = [];
  for (const [place, frame] of frames.entries()) {
    if ('error' in frame) results[place] = { row: failedRow(frame.id, frame.role, frame.error) };
    else items.push({ ...frame, place });
  }
  // The largest first, so that one lane does not work on alone at the end.
  items.sort((a, b) => b.structure.numbers.length - a.structure.numbers.length);
  const shared = createBatching(calculator);
  const tools = { preparer, calculator, shared, committee: committee.map(createBatching), options };
  const lanes = Array.from({ length: laneCount(items, calculator, options) }, () => lane());
  await Promise.all(lanes);
  return results.filter((result) => result !== undefined);

  async function lane(): Promise<void> {
    for (let item = items.shift(); item !== undefined; item = items.shift())
      results[item.place] = await evaluateItem(item, tools);
  }
}

/**
 * Structures that are calculated side by side: as many of the mean size as make a batch, where the calculator gains by
 * it.
 */
function laneCount(
  items: readonly Item[],
  { calculateMany, capabilities }: Calculator,
  options: ResolvedScreenOptions,
): number {
  if (calculateMany === undefined) return 1;
  const batchAtoms = options.batchAtoms ?? capabilities.batchAtoms ?? defaultBatchAtoms;
  const atoms = items.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  return Math.max(1, Math.floor((batchAtoms * items.length) / Math.max(1, atoms)));
}

interface Tools {
  readonly preparer: Preparer;
  readonly calculator: Calculator;
  /** The calculator for lanes that work side by side. */
  readonly shared: Calculator;
  readonly committee: readonly Calculator[];
  readonly options: ResolvedScreenOptions;
}

async function evaluateItem({ id, role, structure, symmetry }: Item, tools: Tools): Promise<ChunkResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const end = tools.options.relax
      ? await relaxItem(structure, tools, seconds)
      : { structure, result: await tools.shared.calculate(structure) };
    const uncertainty = await tools.calculator.uncertaintyOf?.(end.structure, end.result);
    const isMoved = tools.options.relax && !isInPlace(end.structure, structure);
    const symmetryAtEnd = isMoved ? await tools.preparer.symmetryOf(end.structure) : symmetry;
    return {
      structure: end.structure,
      result: { ...end.result, ...(uncertainty && { uncertainty }) },
      row: {
        ...{ id, role, ...describeEnd(end), ...symmetryAtEnd },
        ...(tools.options.relax && { spaceGroupBefore: symmetry.spaceGroup }),
        ...(uncertainty && {
          energyErrorPerAtom: uncertainty.energyPerAtom,
          unlikeAtoms: uncertainty.unlike.reduce((sum, mark) => sum + mark, 0),
        }),
        ...(await committeeOf(end, tools.committee)),
        seconds: seconds(),
      },
    };
  } catch (error) {
    if (!(error instanceof LammError)) throw error; // a mistake of this program is not the structure's
    const { numbers } = structure;
    const about = { formula: formulaOf(structure), atoms: numbers.length, composition: compositionOf(numbers) };
    return { row: { ...failedRow(id, role, error, seconds()), ...about } };
  }
}

/** Whether atoms and cell of a structure are where those of the other one are. */
function isInPlace({ positions, cell }: Structure, other: Structure): boolean {
  const areSame = (value: number, index: number) => value === other.positions[index];
  return positions.every(areSame) && cell.every((value, index) => value === other.cell[index]);
}

/** Where a calculation or relaxation came to. */
interface End {
  readonly structure: Structure;
  readonly result: CalculationResult;
  readonly relaxation?: Pick<ScreenRow, 'converged' | 'steps' | 'error'>;
}

async function relaxItem(structure: Structure, { shared, options }: Tools, seconds: () => number): Promise<End> {
  const { fmax, optimizer, maxSteps, smaxGPa, pressureGPa, symmetry, maxSeconds } = options;
  const hasCell = cellVolume(structure.cell) > 0 && structure.pbc.every(Boolean);
  const ofCell = options.cell && hasCell ? ({ cell: 'unit-cell', smaxGPa, pressureGPa } as const) : {};
  const wanted = { fmax, optimizer, maxSteps, symmetry: symmetry && hasCell, ...ofCell };
  for await (const { system, result, converged, step, isLast } of relaxSteps(structure, shared, wanted)) {
    const isLate = seconds() > maxSeconds;
    if (!isLast && !isLate) continue;
    const error = isLate && !isLast ? `not converged within ${maxSeconds} s` : undefined;
    return { structure: relaxedStructure(structure, system), result, relaxation: { converged, steps: step, error } };
  }
  throw new LammError('structure', 'the relaxation ended before its first step');
}

/** The numbers of a row. */
function describeEnd({ structure, result, relaxation }: End): Omit<ScreenRow, 'id' | 'role' | 'seconds'> {
  const { numbers, masses, cell } = structure;
  const { energy, forces, stress, head } = result;
  const volume = cellVolume(cell);
  const mass = masses.reduce((sum, each) => sum + each, 0);
  const isCrystal = structure.pbc.every(Boolean) && volume > 0;
  return {
    formula: formulaOf(structure),
    atoms: numbers.length,
    composition: compositionOf(numbers),
    head,
    energy,
    energyPerAtom: energy / numbers.length,
    fmax: maxRowNorm(forces),
    pressureGPa: stress && pressureOfStress(stress) / GPa,
    ...(isCrystal && { volumePerAtom: volume / numbers.length, density: (mass / volume) * gramsPerCm3 }),
    ...relaxation,
  };
}

/** One amu/A^3 in g/cm^3. */
const gramsPerCm3 = 1.66053904;
