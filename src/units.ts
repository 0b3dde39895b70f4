/**
 * Units and constants.  Lengths are in angstrom, energies in eV, masses in amu; the unit of time that follows from
 * them, A sqrt(amu/eV), is about 10.18 fs.  Multiply by a constant to come to these units, divide to leave them:
 * `5 * fs`, `stress / GPa`.
 *
 * @see CODATA 2014, the set that ASE uses.
 */
const planck = 6.62607004e-34; // J s
const elementaryCharge = 1.6021766208e-19; // C
const electronMass = 9.10938356e-31; // kg
const avogadro = 6.022140857e23; // 1/mol
const boltzmann = 1.38064852e-23; // J/K
const atomicMass = 1.66053904e-27; // kg
const speedOfLight = 299792458; // m/s
const vacuumPermeability = 4e-7 * Math.PI;
const vacuumPermittivity = 1 / (vacuumPermeability * speedOfLight ** 2);
const reducedPlanck = planck / (2 * Math.PI);

/** One joule in eV. */
export const joule = 1 / elementaryCharge;
/** Boltzmann's constant in eV/K. */
export const kB = boltzmann / elementaryCharge;
/** One second in A sqrt(amu/eV). */
export const second = 1e10 * Math.sqrt(elementaryCharge / atomicMass);
/** One femtosecond in A sqrt(amu/eV). */
export const fs = second * 1e-15;
/** One picosecond in A sqrt(amu/eV). */
export const ps = second * 1e-12;
/** One pascal in eV/A^3. */
export const pascal = joule / 1e30;
/** One gigapascal in eV/A^3. */
export const GPa = 1e9 * pascal;
/** One bar in eV/A^3. */
export const bar = 1e5 * pascal;
/** One bohr in A. */
export const bohr = (4e10 * Math.PI * vacuumPermittivity * reducedPlanck ** 2) / electronMass / elementaryCharge ** 2;
/** One hartree in eV. */
export const hartree =
  (electronMass * elementaryCharge ** 3) / 16 / Math.PI ** 2 / vacuumPermittivity ** 2 / reducedPlanck ** 2;
/** The atomic unit of time, hbar/hartree, in A sqrt(amu/eV). */
export const atomicTime = (reducedPlanck / (hartree * elementaryCharge)) * second;
/** One kcal/mol in eV. */
export const kcalPerMol = (4184 * joule) / avogadro;
/** One debye in e A. */
export const debye = (1e-21 / speedOfLight / elementaryCharge) * 1e10;
