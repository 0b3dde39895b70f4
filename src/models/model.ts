import { z } from 'zod';
import { atomicNumber, chemicalSymbols, isElementSymbol } from '../elements.js';
import { LammError } from '../errors.js';
import { headCoverageSchema } from './head-coverage.js';
import type { ModelConfig } from './kinds.js';
import type { HeadUncertainty } from './uncertainty.js';

const scaleSchema = z.number().refine((value) => value !== 0, 'expected another number than 0');

const scaleAndOffset = z.strictObject({ scale: scaleSchema, offset: z.number() }).readonly();

/** What turns the numbers of one output of a network into energies and forces of its level of theory. */
export const headSchema = z
  .strictObject({
    name: z.string().min(1),
    /** eV for one unit of energy, eV/A for one unit of direct force. */
    energyScale: scaleSchema,
    forceScale: scaleSchema,
    /** How the parts of a stress that a head says become a physical one, in eV/A^3. */
    stress: z.strictObject({ isotropic: scaleAndOffset, anisotropic: scaleAndOffset }).readonly().optional(),
    /**
     * Energy in eV that every structure has besides, whatever its size; shared equally among its atoms in energies per
     * atom.
     */
    energyOffset: z.number().optional(),
    /**
     * Energy of an atom outside the network in eV, by chemical symbol; these are the elements that the head was trained
     * on.
     */
    referenceEnergies: z.record(z.string().refine(isElementSymbol, 'expected chemical symbols'), z.number()).readonly(),
    /** Whether it learned denoising: its numbers are no energies and forces of atoms. */
    denoising: z.boolean().optional(),
    /** Whether it learned energies alone: its forces follow from them, but were never compared with any. */
    energiesAlone: z.boolean().optional(),
    /** What it learned from; absent in models of before it was kept. */
    coverage: headCoverageSchema.optional(),
  })
  .readonly();

export type ModelHead = z.infer<typeof headSchema>;

/** How the parameters of a model can lie in its file: with 24 bits of each, or with 11 in half of the space. */
export const precisions = ['single', 'half'] as const;

/** Where a model comes from and how good it is, for people. */
export const cardSchema = z
  .strictObject({
    name: z.string(),
    license: z.string(),
    /** How the file holds the parameters; `single` when absent. */
    precision: z.enum(precisions).optional(),
    trainingData: z.array(z.string()).readonly(),
    /** One line per claim, such as a test error. */
    notes: z.array(z.string()).readonly(),
  })
  .readonly();

export type ModelCard = z.infer<typeof cardSchema>;

/** A trained network with all that is needed to use it. */
export interface Model {
  readonly config: ModelConfig;
  /** Flat, in the order of `layoutFor(config)`. */
  readonly parameters: Float32Array;
  /** One per output, in the order of `config.heads`. */
  readonly heads: readonly ModelHead[];
  readonly card: ModelCard;
  /** What heads know of their errors, by name. */
  readonly uncertainties?: ReadonlyMap<string, HeadUncertainty>;
}

/** Atomic numbers that a head was trained on. */
export function headElements(head: ModelHead): ReadonlySet<number> {
  const known = elementsOf.get(head);
  if (known !== undefined) return known;
  const elements = new Set(Object.keys(head.referenceEnergies).map((symbol) => atomicNumber(symbol)));
  elementsOf.set(head, elements);
  return elements;
}

/** Kept, as every new structure asks for them. */
const elementsOf = new WeakMap<ModelHead, ReadonlySet<number>>();

/** Reference energies in eV by atomic number; NaN where there is none. */
export function referenceTable({ referenceEnergies }: ModelHead): Float64Array {
  return Float64Array.from(chemicalSymbols, (symbol) => referenceEnergies[symbol] ?? Number.NaN);
}

/** Index of the head called `name`; the only head when no name is given. */
export function findHead({ heads }: Pick<Model, 'heads'>, name: string | undefined): number {
  if (name === undefined && heads.length === 1) return 0;
  const index = heads.findIndex((head) => head.name === name);
  if (index >= 0) return index;
  const names = heads.map((head) => head.name).join(', ');
  const found = name === undefined ? 'none was named' : `found "${name}"`;
  throw new LammError('usage', `expected one of the heads ${names}, ${found}`, { expected: names, actual: name });
}
