/**
 * Bohr (A) and rydberg (eV) of CODATA 2006, with which Quantum ESPRESSO turned angstrom into its own units for most of
 * its life; the same constants bring positions back as they were given, and energies that agree with other readers.
 */
export const bohr = 0.529177208354;
export const rydberg = 13.605691932782;
