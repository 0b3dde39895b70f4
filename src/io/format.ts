import type { LammError } from '../errors.js';
import type { Structure } from '../structure/structure.js';
import type { ByteSource } from './bytes/byte-source.js';
import type { FrameMark, FramePlace } from './frame-index.js';
import type { StreamOptions } from './text/chunk-parser.js';

/**
 * What may become of partly occupied and disordered sites of a CIF: they are refused, or the more probable of them are
 * whole atoms.
 */
export const occupancyChoices = ['error', 'majority'] as const;

export type OccupancyChoice = (typeof occupancyChoices)[number];

/** Which positions of a relaxation may be taken, where a graph of fairchem has both (IS2RE). */
export const positionChoices = ['initial', 'relaxed'] as const;

/** What the readers of formats may be told; each heeds what concerns it. */
export interface FormatOptions {
  /** What becomes of the sites of a CIF that several elements share, or that are not full; refused when absent. */
  readonly occupancy?: OccupancyChoice;
  /** Whether steps of a run that did not converge are given too, with `info.unconverged`. */
  readonly keepUnconverged?: boolean;
  /** Which positions of a relaxation are taken, where a graph has both; the initial ones when absent. */
  readonly positions?: (typeof positionChoices)[number];
  /**
   * Energy in eV by system (`random123`) that is added to an adsorption energy to have a total one (`oc20_ref.pkl`).
   */
  readonly referenceEnergies?: ReadonlyMap<string, number>;
  /** Called with what had to be assumed about a file, or was left out of it, one sentence each. */
  readonly onNotice?: (notice: string) => void;
  /** Called with the error of a record of an SD file or a block of a CIF that is refused, which is then left out. */
  readonly onRefused?: (error: LammError) => void;
}

type ReadOptions = StreamOptions & FormatOptions;

/**
 * How all structures of a file are read: from its bytes as they come, from its whole text, or from bytes here and
 * there.
 */
export type FormatReader =
  | {
      /** The file may be longer than the memory; `path` is for what lies beside it. */
      readonly from: 'chunks';
      iterate(
        chunks: AsyncIterable<Uint8Array>,
        options: ReadOptions & { readonly path: string },
      ): AsyncIterableIterator<Structure>;
    }
  | { readonly from: 'text'; iterate(text: string, options: ReadOptions): Iterable<Structure> }
  | { readonly from: 'bytes'; iterate(source: ByteSource, options: FormatOptions): Iterable<Structure> }
  | { readonly from: 'path'; iterate(path: string): AsyncIterable<Structure> };

/** How the frames of one file are found and read one by one. */
export interface FrameReader {
  /** Finds all frames; the sizes are counted unless they are given. */
  locate(sizes?: Int32Array): AsyncIterable<FrameMark> | Iterable<FrameMark>;
  read(frame: FramePlace): Structure;
  /** Number of frames, where it can be told without their sizes. */
  count?(): number;
  /** Whether the file itself says where its frames are: no index of it is kept. */
  readonly hasIndex?: boolean;
}

/** How a file is opened to read its frames in any order. */
export type FramesReader =
  | {
      readonly from: 'bytes';
      open(source: ByteSource, options: FormatOptions): FrameReader;
      /** Finds the frames in the bytes of a file as they come, unpacked; undefined where it has not all that is read. */
      locateIn?(chunks: AsyncIterable<Uint8Array>, file: string): AsyncIterable<FrameMark> | undefined;
    }
  | { readonly from: 'path'; open(path: string): Promise<FrameReader & Disposable> };

/** How structures are written, and what of them a file can hold. */
export interface FormatWriter {
  /** Ending of files that are written. */
  readonly ending: string;
  /** Why a file cannot hold more than one structure, if it cannot. */
  readonly refusalOfMany?: string;
  /** The text of one structure, the `index`th of its file; `names` are those that the file has, where it names them. */
  format(structure: Structure, index: number, names: Set<string>): string;
  /** Why a structure cannot be written, if it cannot. */
  refusalOf?(structure: Pick<Structure, 'pbc' | 'cell'>): string | undefined;
  /** Parts of a structure that a file holds besides atoms and cell; any when absent. */
  heldParts?(structure: Structure): readonly (keyof Structure)[];
  /** Keys of `info` that a file holds besides. */
  heldInfo?(structure: Structure): readonly string[];
}

/** All that the program knows of a format of structures; lists, messages and help follow from it. */
export interface Format {
  readonly name: string;
  /** Endings of the names of its files, without that of a packed file behind them. */
  readonly endings?: readonly string[];
  /** What names of its files hold somewhere, such as `POSCAR`. */
  readonly partOfName?: RegExp;
  /** Whether other files end so, too: where there is a choice, the content decides. */
  readonly sharesEnding?: boolean;
  /** Whether the beginning of a file looks like it: the text, and its first lines. */
  isText?(head: string, lines: readonly string[]): boolean;
  /** The format as which its files may be named; `isBytes` tells them apart. */
  readonly within?: string;
  /** Whether the first bytes of a file are those of this format, whatever its name says. */
  isBytes?(head: Buffer): boolean;
  /** The program that writes or reads such files, where they have no ending that everyone knows. */
  readonly program?: string;
  /** Whether files often hold many frames. */
  readonly holdsMany?: boolean;
  /** Formats of the same run that tell more than this one. */
  readonly lessThan?: readonly string[];
  readonly read: FormatReader;
  /** Reads a folder that is one set of such files in a way of its own. */
  readFolder?(path: string, options: FormatOptions): AsyncIterableIterator<Structure>;
  /** Whether constraints of ASE may come with a structure. */
  readonly hasConstraints?: boolean;
  readonly frames?: FramesReader;
  readonly write?: FormatWriter;
}
