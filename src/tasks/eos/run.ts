import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { openCalculator } from '../../../calculators/open-calculator.js';
import { type EquationOfState, fitBirchMurnaghan, noticesOfFit } from '../../../md/relax/birch-murnaghan.js';
import { scanVolumes, type VolumePoint, type VolumeScanOptions } from '../../../md/relax/volume-scan.js';
import { writeStructures } from '../../io/write-structures.js';
import { checkSettings } from '../../settings/check-settings.js';
import type { Structure } from '../../structure/structure.js';
import { calculatorEvents, type TaskBegins, type TaskContext } from '../context.js';
import { ofInput } from '../structures/failed-input.js';
import { loadOneInput } from '../structures/load-structure.js';
import { assertOutputFormat } from '../structures/output-format.js';
import { assertFree } from '../structures/output-path.js';
import { type EosTaskSettings, eosTask } from './schema.js';

/** One of the volumes is done. */
export interface EosStepped {
  readonly kind: 'step';
  readonly done: number;
  readonly point: VolumePoint;
}

/** Energy against volume, and what follows from it. */
export interface EosOutcome {
  readonly fit: EquationOfState;
  /** From the smallest volume to the largest. */
  readonly points: readonly VolumePoint[];
  /** What is to be known of the fit. */
  readonly notices: ReturnType<typeof noticesOfFit>;
  readonly atomCount: number;
  readonly calculator: string;
}

/**
 * Scans the volumes of the crystal of a file, and fits an equation of state; the structures go to `out`, if that is
 * given.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and what the relaxations throw.
 */
export async function* runEosTask(
  input: string,
  given: EosTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<TaskBegins | EosStepped, EosOutcome, void> {
  const { frame, occupancy, keepUnconverged, out, force, resultKeys, ...settings } = checkSettings(eosTask, given);
  const { pointCount, volumeChange, fmax, optimizer, shape, ...calculatorSettings } = settings;
  const structure = await loadOneInput(input, { frame, occupancy, keepUnconverged, tell: context.tell });
  if (out !== undefined) {
    assertFree(out, force);
    assertOutputFormat(out, Array<Structure>(pointCount).fill(structure));
  }
  await using calculator = openCalculator(calculatorSettings, calculatorEvents(context));
  const cell = shape ? ({ cell: 'exp-cell', constantVolume: true } as const) : {};
  const scan: VolumeScanOptions = { pointCount, volumeChange, relax: { optimizer, fmax, ...cell } };
  yield { kind: 'begin', total: pointCount, done: 0, canStop: false };
  const points: VolumePoint[] = [];
  try {
    for await (const point of scanVolumes(structure, calculator, scan)) {
      points.push(point);
      yield { kind: 'step', done: points.length, point };
    }
  } catch (error) {
    throw ofInput(error, input);
  }
  if (out !== undefined) {
    const structures = points.map((point) => labelledStructure(point.structure, point.result, resultKeys));
    await writeStructures(out, structures);
  }
  const volumes = points.map(({ volume }) => volume);
  const fit = fitPoints(points, input);
  const notices = noticesOfFit(fit, volumes);
  return { fit, points, notices, atomCount: structure.numbers.length, calculator: calculator.name };
}

function fitPoints(points: readonly VolumePoint[], input: string): EquationOfState {
  try {
    return fitBirchMurnaghan(
      points.map(({ volume }) => volume),
      points.map(({ energy }) => energy),
    );
  } catch (error) {
    throw ofInput(error, input);
  }
}
