export { createBatching } from '../calculators/batching.js';
export type { CalculationResult, Calculator, CalculatorCapabilities } from '../calculators/calculator.js';
export { type CalculatorName, createCalculator } from '../calculators/create-calculator.js';
export { createFiniteDifference, type FiniteDifferenceOptions } from '../calculators/finite-difference.js';
export { createSocketCalculator, type SocketCalculatorOptions } from '../calculators/socket.js';
export { createSum, createWeightedSum, type WeightedCalculator } from '../calculators/sum.js';
export { type Analysis, type AnalysisOptions, type AnalysisResult, createAnalysis } from '../md/analysis/analysis.js';
export { type BlockAverage, createBlockAverager } from '../md/analysis/block-average.js';
export { type Frame, frameOfState, frameOfStructure } from '../md/analysis/frame.js';
export type { AnalysisNotice } from '../md/analysis/notices.js';
export {
  createRunAnalysis,
  type RunAnalysis,
  type RunAnalysisOptions,
  type RunAnalysisResult,
  resolveRunAnalysis,
} from '../md/analysis/run-analysis.js';
export { type SteppedCalculator, withInner } from '../md/ensembles/respa.js';
export { snapshotOf } from '../md/record/snapshot.js';
export { type EquationOfState, fitBirchMurnaghan } from '../md/relax/birch-murnaghan.js';
export type { CellFilter, CellFreedom } from '../md/relax/cell-freedom.js';
export {
  type RelaxFrame,
  type RelaxResult,
  relax,
  relaxSteps,
} from '../md/relax/relax.js';
export type { OptimizerName, RelaxOptions } from '../md/relax/relax-settings.js';
export { scanVolumes, type VolumePoint, type VolumeScanOptions } from '../md/relax/volume-scan.js';
export { type MdSummary, runMd } from '../md/run.js';
export type { Coupling, Ensemble, MdOptions } from '../md/settings.js';
export type { Constraint } from '../md/state/constraints.js';
export { kineticEnergy, type MdState, temperature } from '../md/state/state.js';
export {
  type ParseConfigOptions,
  type PretrainConfig,
  parsePretrainConfig,
} from '../pretrain/config/pretrain-config.js';
export type { PretrainEvent } from '../pretrain/pretrain.js';
export {
  saveModel,
  type TestedSet,
  type TrainEvent,
  type TrainedModel,
  type TrainOptions,
  train,
} from '../pretrain/train.js';
export { atomicMasses, atomicNumber, chemicalSymbols } from './elements.js';
export { LammError, type LammErrorCode, type LammErrorDetails, UnstableError } from './errors.js';
export { readReferenceEnergies } from './io/lmdb/reference-energies.js';
export { iterateOc20 } from './io/oc20.js';
export { type IndexedStructures, openIndexed } from './io/open-indexed.js';
export { iterateStructures, readStructures } from './io/read-structures.js';
export { writeStructures } from './io/write-structures.js';
export { type IpiAddress, parseIpiAddress } from './ipi/address.js';
export { type ServeOptions, type ServeSummary, serveForces } from './ipi/client.js';
export { loadModel } from './models/load-model.js';
export type { Model, ModelCard, ModelHead } from './models/model.js';
export { type NeighborList, neighborList } from './neighbors/neighbor-list.js';
export {
  type AtomicSystem,
  type AtomProperty,
  createStructure,
  formulaOf,
  type InfoValue,
  type Labels,
  type Pbc,
  type Structure,
  type StructureInput,
  symbolsOf,
} from './structure/structure.js';
export { repeatStructure } from './structure/supercell.js';
export { type AnalyzeOutcome, runAnalyzeTask, runViewTask } from './tasks/analyze/run.js';
export type { AnalyzeTaskSettings, ViewTaskSettings } from './tasks/analyze/schema.js';
export type { TaskBegins, TaskContext } from './tasks/context.js';
export { type CheckedFiles, type CheckedTraining, runDataCheckTask } from './tasks/data/check/run.js';
export type { DataCheckTaskSettings } from './tasks/data/check/schema.js';
export { type ConvertedData, runDataConvertTask } from './tasks/data/convert/run.js';
export type { DataConvertTaskSettings } from './tasks/data/convert/schema.js';
export { type FileInfo, runDataInfoTask } from './tasks/data/info/run.js';
export type { DataInfoTaskSettings } from './tasks/data/info/schema.js';
export { runDataSplitTask, type SplitData, type WrittenPart } from './tasks/data/split/run.js';
export type { DataSplitTaskSettings } from './tasks/data/split/schema.js';
export { type EmbedOutcome, type EmbedStepped, runEmbedTask } from './tasks/embed/run.js';
export type { EmbedTaskSettings } from './tasks/embed/schema.js';
export { type EosOutcome, type EosStepped, runEosTask } from './tasks/eos/run.js';
export type { EosTaskSettings } from './tasks/eos/schema.js';
export { type EvaluateOutcome, type EvaluateStepped, runEvaluateTask } from './tasks/evaluate/run.js';
export type { EvaluateTaskSettings } from './tasks/evaluate/schema.js';
export { type MdOutcome, type MdStepped, runMdTask } from './tasks/md/run.js';
export type { MdTaskSettings } from './tasks/md/schema.js';
export { type RelaxedInputs, type RelaxStepped, runRelaxTask } from './tasks/relax/run.js';
export type { RelaxTaskSettings } from './tasks/relax/schema.js';
export { type ScreenEvent, type ScreenRequest, screen } from './tasks/screen/run.js';
export type { ScreenOptions } from './tasks/screen/schema.js';
export { type CalculatedInputs, runSinglepointTask, type SinglepointStepped } from './tasks/singlepoint/run.js';
export type { SinglepointTaskSettings } from './tasks/singlepoint/schema.js';
export { runFinetuneTask, runPretrainTask, type TrainContext, type TrainOutcome } from './tasks/train/run.js';
export type { FinetuneTaskSettings, PretrainTaskSettings } from './tasks/train/schema.js';
export { bar, bohr, debye, fs, GPa, hartree, joule, kB, kcalPerMol, pascal, ps, second } from './units.js';
