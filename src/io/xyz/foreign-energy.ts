import type { FrameNotes } from './frame-notes.js';

/** An energy in the words of other programs: `energy: -5.07 gnorm: 0.001` of xtb, `... E -76.323` of ORCA. */
const energyWords = /(?:\benergy\b[\s:=(a-z.)]{0,20}|\bE\s*[=:]?\s+|\bSCF\s+Done\b.{0,40}?)[-+]?\d+\.\d{2}/i;

/** More of a comment is not looked at. */
const maxCommentLength = 1000;

/** Says that the comment of a frame without a label seems to know of an energy, which is not read. */
export function noteForeignEnergy(comment: string, notes: FrameNotes | undefined): void {
  if (notes === undefined || !energyWords.test(comment.slice(0, maxCommentLength))) return;
  notes.add('the comment speaks of an energy, whose unit is not known: it is read from energy=..., in eV, alone');
}
