import type { FrameNotes } from './frame-notes.js';

/** A cell in the words of other programs: `box 10 10 10`, `unit cell: 5.1 5.1 5.1 90 90 90`. */
const cellWords = /(?:cell|box|lattice|\babc)[^\d]{0,20}(?:[-+]?\d*\.?\d+[^\d.+-]{1,3}){2}[-+]?\d*\.?\d/i;

/** What is told of a frame whose comment CP2K has written. */
export const bareCp2kNote =
  'a trajectory of CP2K says nothing of its cell: the atoms are taken as not periodic (PROJECT-1.cell beside PROJECT-pos-1.xyz would be read)';

/** More of a comment is not looked at. */
const maxCommentLength = 1000;

/** Says that the comment of a frame without `Lattice` seems to know of a cell, which is not read. */
export function noteForeignCell(comment: string, notes: FrameNotes | undefined): void {
  if (notes === undefined || !cellWords.test(comment.slice(0, maxCommentLength))) return;
  notes.add(
    'the comment speaks of a cell, which is read from Lattice="ax ay az bx by bz cx cy cz" alone: the atoms are taken as not periodic',
  );
}
