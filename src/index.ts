export type { CalculationResult, Calculator, CalculatorCapabilities } from '../calculators/calculator.js';
export { type CalculatorName, createCalculator } from '../calculators/create-calculator.js';
export { createFiniteDifference, type FiniteDifferenceOptions } from '../calculators/finite-difference.js';
export { createSocketCalculator, type SocketCalculatorOptions } from '../calculators/socket.js';
export { createSum, createWeightedSum, type WeightedCalculator } from '../calculators/sum.js';
export { type Analysis, type AnalysisOptions, type AnalysisResult, createAnalysis } from '../md/analysis/analysis.js';
export { type BlockAverage, createBlockAverager } from '../md/analysis/block-average.js';
export { type Frame, frameOfState, frameOfStructure } from '../md/analysis/frame.js';
export type { Ensemble, MdOptions } from '../md/options.js';
export type { OptimizerName } from '../md/relax/optimizer.js';
export {
  type RelaxFrame,
  type RelaxOptions,
  type RelaxResult,
  relax,
  relaxSteps,
} from '../md/relax/relax.js';
export { type MdSummary, runMd } from '../md/run.js';
export { snapshotOf } from '../md/snapshot.js';
export { kineticEnergy, type MdState, temperature } from '../md/state.js';
export { atomicMasses, atomicNumber, chemicalSymbols } from './elements.js';
export { LammError, type LammErrorCode, type LammErrorDetails, UnstableError } from './errors.js';
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
export { bar, bohr, debye, fs, GPa, hartree, joule, kB, kcalPerMol, pascal, ps, second } from './units.js';
