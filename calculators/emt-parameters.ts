import { atomicNumber, elementCount } from '../src/elements.js';
import { bohr } from '../src/units.js';

/** Energies in eV; lengths in bohr and their inverse; n0 in 1/bohr^3. */
// biome-ignore format: one row per element
const table = [
  //        E0     s0    V0     eta2   kappa  lambda n0
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: no relation to e
  ['Al', -3.28, 3.00, 1.493, 1.240, 2.000, 1.169, 0.00700],
  ['Cu', -3.51, 2.67, 2.476, 1.652, 2.740, 1.906, 0.00910],
  ['Ag', -2.96, 3.01, 2.132, 1.652, 2.790, 1.892, 0.00547],
  ['Au', -3.80, 3.00, 2.321, 1.674, 2.873, 2.182, 0.00703],
  ['Ni', -4.44, 2.60, 3.673, 1.669, 2.757, 1.948, 0.01030],
  ['Pd', -3.90, 2.87, 2.773, 1.818, 3.107, 2.155, 0.00688],
  ['Pt', -5.85, 2.90, 4.067, 1.812, 3.145, 2.192, 0.00802],
  ['H',  -3.21, 1.31, 0.132, 2.652, 2.790, 3.892, 0.00547],
  ['C',  -3.50, 1.81, 0.332, 1.652, 2.790, 1.892, 0.01322],
  ['N',  -5.10, 1.88, 0.132, 1.652, 2.790, 1.892, 0.01222],
  ['O',  -4.60, 1.95, 0.332, 1.652, 2.790, 1.892, 0.00850],
] as const;

/** Lengths in A and their inverse, energies in eV. */
interface EmtElement {
  readonly E0: number;
  readonly s0: number;
  readonly V0: number;
  readonly eta2: number;
  readonly kappa: number;
  readonly lambda: number;
  readonly n0: number;
  /** Lattice sums over the first three shells of the fcc crystal in equilibrium. */
  readonly gamma1: number;
  readonly gamma2: number;
}

/**
 * Radius of the neutral sphere times this is the distance of nearest neighbours: (16 pi / 3)^(1/3) / sqrt(2), rounded
 * by tradition.
 */
const beta = 1.809;

const largestRadius = Math.max(...table.map(([, , s0]) => s0)) * bohr;

/** Distance in A at which the cutoff function is one half. */
export const cutoffMiddle = (beta * largestRadius * (Math.sqrt(3) + 2)) / 2;

/** Steepness of the cutoff function in 1/A: it is 0.9999 at four nearest-neighbour shells. */
export const cutoffSteepness = Math.log(9999) / ((4 * cutoffMiddle) / (Math.sqrt(3) + 2) - cutoffMiddle);

/** Pairs up to this distance in A count. */
export const emtCutoff = cutoffMiddle + 0.5;

/** Parameters by atomic number. */
export const emtElements: ReadonlyMap<number, EmtElement> = new Map(
  table.map(([symbol, E0, s0, V0, eta2, kappa, lambda, n0]) => {
    const element = {
      E0,
      s0: s0 * bohr,
      V0,
      eta2: eta2 / bohr,
      kappa: kappa / bohr,
      lambda: lambda / bohr,
      n0: n0 / bohr ** 3,
    };
    return [atomicNumber(symbol), { ...element, ...latticeSums(element) }];
  }),
);

/** The sums that make a perfect fcc crystal in equilibrium have the density n0 and no pair energy. */
function latticeSums({
  s0,
  eta2,
  kappa,
}: Pick<EmtElement, 's0' | 'eta2' | 'kappa'>): Pick<EmtElement, 'gamma1' | 'gamma2'> {
  let gamma1 = 0;
  let gamma2 = 0;
  for (const [shell, atoms] of [12, 6, 24].entries()) {
    const distance = beta * s0 * Math.sqrt(shell + 1);
    const weight = atoms / 12 / (1 + Math.exp(cutoffSteepness * (distance - cutoffMiddle)));
    gamma1 += weight * Math.exp(-eta2 * (distance - beta * s0));
    gamma2 += weight * Math.exp((-kappa / beta) * (distance - beta * s0));
  }
  return { gamma1, gamma2 };
}

/**
 * The parameters as the inner loops want them: rows by kind, the place of the element in the table above; pairs [kind
 * of i x kind of j].
 */
export const emtTables = createTables([...emtElements.values()]);

function createTables(elements: readonly EmtElement[]) {
  const kindOf = new Uint8Array(elementCount + 1);
  for (const [kind, number] of [...emtElements.keys()].entries()) kindOf[number] = kind;
  const column = (value: (element: EmtElement) => number) => Float64Array.from(elements, value);
  const pairs = (value: (i: EmtElement, j: EmtElement) => number) =>
    Float64Array.from(elements.flatMap((i) => elements.map((j) => value(i, j))));
  return {
    kindOf,
    kindCount: elements.length,
    /** Tail of the density: exp(etaOffset - eta r). */
    eta: column(({ eta2 }) => eta2),
    etaOffset: column(({ eta2, s0 }) => eta2 * beta * s0),
    /** Pair term: exp(kappaOffset - kappa r). */
    kappa: column(({ kappa }) => kappa / beta),
    kappaOffset: column(({ kappa, s0 }) => kappa * s0),
    /** What a tail of j adds to the density at i. */
    densityScale: pairs((i, j) => j.n0 / i.n0 / i.gamma1),
    /** What the pair term of j adds to the energy of i, in eV. */
    pairScale: pairs((i, j) => (0.5 * i.V0 * j.n0) / i.n0 / i.gamma2),
    betaEta: column(({ eta2 }) => beta * eta2),
    lambda: column(({ lambda }) => lambda),
    bareKappa: column(({ kappa }) => kappa),
    cohesion: column(({ E0 }) => E0),
    sixV0: column(({ V0 }) => 6 * V0),
  };
}
