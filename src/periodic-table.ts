/** Where an element stands in the table of 18 columns; lanthanides and actinides stand in column 3. */
export interface PeriodicPlace {
  /** 1 to 7. */
  readonly period: number;
  /** 1 to 18. */
  readonly group: number;
  readonly block: 's' | 'p' | 'd' | 'f';
}

const nobleGases = [0, 2, 10, 18, 36, 54, 86, 118];

/** Place of an element in the periodic table by its atomic number, 1 to 118. */
export function periodicPlace(number: number): PeriodicPlace {
  const period = nobleGases.findIndex((last) => last >= number);
  const fromStart = number - nobleGases[period - 1];
  const fromEnd = nobleGases[period] - number; // 0 at the noble gas
  if (number === 2) return { period, group: 18, block: 's' };
  if (fromStart <= 2) return { period, group: fromStart, block: 's' };
  if (fromEnd < 6) return { period, group: 18 - fromEnd, block: 'p' };
  if (fromEnd < 16) return { period, group: 18 - fromEnd, block: 'd' };
  return { period, group: 3, block: 'f' };
}
