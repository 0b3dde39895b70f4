import type { Uncertainty } from '../src/models/uncertainty.js';
import type { FollowedRange } from '../src/neighbors/verlet-reference.js';
import type { AtomicSystem } from '../src/structure/structure.js';

/** What a calculator can do, known before it is asked. */
export interface CalculatorCapabilities {
  /** Atomic numbers it knows; `null` when it takes any element. */
  readonly elements: ReadonlySet<number> | null;
  /** Distance in A beyond which atoms do not see each other directly. */
  readonly cutoff: number;
  /** Whether forces are the exact derivative of the energy. */
  readonly conservative: boolean;
  /** Whether it gives stress for structures whose three lattice vectors span a volume. */
  readonly stress: boolean;
  /** Names of the levels of theory it was trained on; empty when there is no choice. */
  readonly heads: readonly string[];
  /** Atoms of small systems that it calculates fastest at once, where that is not `defaultBatchAtoms`. */
  readonly batchAtoms?: number;
  /**
   * How far systems may go from their references, where lists made there are kept on a device: whoever moves a system
   * gives it `keptReference` within this range.
   */
  readonly follows?: FollowedRange;
  /**
   * The level of theory that answers for a system, where there is a choice.
   *
   * @throws {LammError} `unsupported-element` when none does.
   */
  headFor?(system: AtomicSystem): HeadChoice;
}

/** A level of theory that answers for a system. */
export interface HeadChoice {
  readonly name: string;
  /** Whether it learned from structures like it, periodic or not; undefined when the model does not say. */
  readonly hasSeen?: boolean;
  /** Of what it knows the errors to expect: of energies alone, or of forces as well; absent where it knows of none. */
  readonly knownErrors?: 'energy' | 'forces';
}

/** Results of one calculation; the arrays belong to the caller. */
export interface CalculationResult {
  /** Total energy in eV. */
  readonly energy: number;
  /** Energy of each atom in eV, [N]; their sum is `energy`. */
  readonly energies: Float64Array;
  /** Forces in eV/A, [N x 3]. */
  readonly forces: Float64Array;
  /**
   * Stress in eV/A^3, [6]: xx yy zz yz xz xy, positive under tension; present when the three lattice vectors span a
   * volume and the calculator can.
   */
  readonly stress?: Float64Array;
  /**
   * The level of theory that the numbers are of, where the calculator has several: energies of different ones have
   * different zeros.
   */
  readonly head?: string;
  /** Expected errors, where they were asked for. */
  readonly uncertainty?: Uncertainty;
}

/**
 * Energy, forces and stress of atoms.
 *
 * A calculator may keep work between calls (a neighbour list with a skin, a session), but its answer depends only on
 * its argument: the same system gives the same bits whatever was calculated before.
 */
export interface Calculator extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: CalculatorCapabilities;
  /**
   * @throws {LammError} `unsupported-element` with the list of known elements; `structure` for coincident atoms;
   *   `non-finite` when a result is not a number.
   */
  calculate(system: AtomicSystem): Promise<CalculationResult>;
  /**
   * Expected errors of a result of this calculator for the same system, where they were measured; present where a
   * calculator can know them.  Of a result as this calculator gave it, the same object, they cost next to nothing; of
   * other forces about as much as a calculation in the fused engine, and a third of one in the others.
   */
  uncertaintyOf?(
    system: AtomicSystem,
    result: Pick<CalculationResult, 'forces' | 'head'>,
  ): Promise<Uncertainty | undefined>;
  /**
   * Calculates several systems at once; present where that is faster than one after another.  Results differ from those
   * of `calculate` in rounding alone.
   *
   * @throws {LammError} when one of them cannot be calculated; the message does not say which.
   */
  calculateMany?(systems: readonly AtomicSystem[]): Promise<CalculationResult[]>;
}
