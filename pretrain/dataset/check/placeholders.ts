import { countOf } from '../../../src/count-of.js';
import { describeOrigin, type Sample } from '../sample/sample.js';

/** So many equal energies are no chance. */
const minEqual = 5;

/** Frames with a label, and those of them where it is nothing but zeros. */
interface Zeros {
  labelled: number;
  zero: number;
  example: string;
}

/**
 * Finds labels that seem to stand in for those that are not known: forces and stresses of zeros, and one energy for
 * all frames, for samples that come one by one; `prefix` stands in front of every sentence.
 */
export function createPlaceholderTally(prefix = '') {
  const forces: Zeros = { labelled: 0, zero: 0, example: '' };
  const stress: Zeros = { labelled: 0, zero: 0, example: '' };
  const energies = { count: 0, first: 0, areEqual: true };

  function add(sample: Sample): void {
    if (sample.structure.numbers.length > 1) count(forces, sample.forces, sample); // a lone atom has none
    count(stress, sample.stress, sample);
    if (sample.energy === undefined) return;
    if (energies.count++ === 0) energies.first = sample.energy;
    energies.areEqual &&= sample.energy === energies.first;
  }

  function finish(): { readonly problems: string[]; readonly remarks: string[] } {
    const areSame = energies.areEqual && energies.count >= minEqual && forces.labelled > forces.zero;
    return {
      problems: areSame
        ? [
            `${prefix}all ${energies.count} energies are ${energies.first} eV, though there are forces; they stand for none`,
          ]
        : [],
      remarks: [
        ...remarkOn(forces, 'forces', 'crystals with every atom on its place'),
        ...remarkOn(stress, 'stress', 'fully relaxed cells'),
      ].map((text) => prefix + text),
    };
  }

  return { add, finish };
}

function count(zeros: Zeros, label: Float64Array | undefined, { origin }: Sample): void {
  if (label === undefined) return;
  zeros.labelled++;
  if (label.some((value) => value !== 0)) return;
  zeros.zero++;
  zeros.example ||= describeOrigin(origin);
}

function remarkOn({ labelled, zero, example }: Zeros, name: string, right: string): string[] {
  if (zero < 2) return [];
  return [
    `${zero} of ${countOf(labelled, 'frame')} with ${name} have nothing but zeros there, ${example} first: right for ${right}; where it is not known, leave it out`,
  ];
}
