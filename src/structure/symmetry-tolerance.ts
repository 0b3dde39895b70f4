/** Atoms of a crystal may be off their places by so much, in A. */
export const defaultTolerance = 1e-3;
