import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import type { ModelPart } from '../../src/models/kind.js';
import { kindOf, layoutFor, type ModelConfig, partOf } from '../../src/models/kinds.js';
import { headElements, type Model } from '../../src/models/model.js';
import type { ParameterEntry, ParameterLayout } from '../../src/models/parameters.js';
import { repulsionFields } from '../../src/models/repulsion.js';
import type { Normalizer } from '../dataset/labels/normalizer.js';

/** A trained model to start from. */
export interface StartingModel {
  readonly model: Model;
  /** For messages. */
  readonly file: string;
  /** Whether heads of the same name are kept, heads begin as copies, or all begin anew. */
  readonly heads: 'keep' | 'copy' | 'reset';
  /** The head of the model that each new head is a copy of, by its name; those that are not here begin anew. */
  readonly copies?: ReadonlyMap<string, HeadCopy>;
}

/** What a new head begins as. */
export interface HeadCopy {
  /** Name of the head of the model. */
  readonly head: string;
  /** What its energies and forces are multiplied with. */
  readonly factor: number;
}

/** The model to be trained. */
export interface NewModel {
  readonly config: ModelConfig;
  readonly layout: ParameterLayout;
  /** Fresh, [P]; what is taken over is written into it. */
  readonly parameters: Float32Array;
  /** One for each head. */
  readonly normalizers: readonly Normalizer[];
  /** Atomic numbers of the training samples. */
  readonly elements: readonly number[];
}

/**
 * Takes over the parameters of a trained model: embedding and layers, and of the heads those that are to be kept or
 * copied, in the units of the new normalisers.  Heads that begin anew say zero at first: random ones would say far too
 * much of features that are trained.  A direct force head is left behind where forces are to be derivatives, and begins
 * anew where it is not there.
 *
 * Mutates `parameters`; returns what the user should know.
 *
 * @throws {LammError} `checkpoint` with all that differs between the architectures, or when there is no head to keep.
 */
export function startFromModel(start: StartingModel, target: NewModel): string[] {
  const { model, file } = start;
  const { config, layout, parameters } = target;
  assertSameArchitecture(model.config, config, file);
  const kept = keptHeads(start, target);
  const source = layoutFor(model.config);
  for (const entry of layout.entries) {
    const part = partOf(config, entry.name);
    if (part.kind === 'head' && part.scales !== undefined) parameters.fill(0, entry.offset, entry.offset + entry.size);
    const from = source.entries.find(({ name }) => name === entry.name);
    if (from === undefined || (part.kind === 'head' && kept.length === 0)) continue;
    if (part.kind !== 'head' || !part.ownRows) {
      parameters.set(model.parameters.subarray(from.offset, from.offset + from.size), entry.offset);
      continue;
    }
    const rows = { from, to: entry, sourceHeads: model.heads.length, targetHeads: config.heads.length };
    for (const head of kept) {
      copyRows(model.parameters, parameters, {
        ...rows,
        head,
        factor: part.scales === undefined ? 1 : head.ratios[part.scales],
      });
    }
  }
  return describe(start, target, kept);
}

/** A head that is kept: its places in the two models, and the units of the old one in those of the new one. */
interface KeptHead {
  readonly name: string;
  readonly source: number;
  readonly target: number;
  readonly ratios: Readonly<Record<Scaled, number>>;
}

/** What outputs of a network can be proportional to. */
type Scaled = NonNullable<Extract<ModelPart, { readonly kind: 'head' }>['scales']>;

function keptHeads(start: StartingModel, { config, normalizers }: NewModel): KeptHead[] {
  if (start.heads === 'reset') return [];
  const { heads } = start.model;
  const kept = config.heads.flatMap((name, target): KeptHead[] => {
    const origin = start.heads === 'keep' ? { head: name, factor: 1 } : start.copies?.get(name);
    const source = heads.findIndex((head) => head.name === origin?.head);
    if (source < 0 || origin === undefined) return [];
    const [old, now] = [heads[source], normalizers[target]];
    const ratio = (before: number, after: number) => (origin.factor * before) / after;
    const stressRatio = (part: 'isotropic' | 'anisotropic') => ratio(old.stress?.[part].scale ?? 0, now.stressScale);
    const ratios = {
      energy: ratio(old.energyScale, now.energyScale),
      forces: ratio(old.forceScale, now.forceScale),
      'isotropic stress': stressRatio('isotropic'),
      'anisotropic stress': stressRatio('anisotropic'),
    };
    return [{ name, source, target, ratios }];
  });
  if (kept.length > 0 || start.heads === 'copy') return kept;
  const [there, here] = [heads.map(({ name }) => name), config.heads].map((names) => names.join(', '));
  throw new LammError(
    'checkpoint',
    `expected a head to keep, found ${there} in the model and ${here} in the data; name the head of a subset alike, or set from.heads to reset`,
    { file: start.file },
  );
}

interface RowCopy {
  readonly from: ParameterEntry;
  readonly to: ParameterEntry;
  readonly sourceHeads: number;
  readonly targetHeads: number;
  readonly head: KeptHead;
  readonly factor: number;
}

function copyRows(source: Float32Array, target: Float32Array, copy: RowCopy): void {
  const { from, to, sourceHeads, targetHeads, head, factor } = copy;
  const rowSize = to.shape.length > 1 ? to.shape[to.shape.length - 1] : 1;
  for (let group = 0; group < to.size / rowSize / targetHeads; group++) {
    const begin = from.offset + (head.source + group * sourceHeads) * rowSize;
    const row = source.subarray(begin, begin + rowSize).map((value) => factor * value);
    target.set(row, to.offset + (head.target + group * targetHeads) * rowSize);
  }
}

/** What may differ: how forces and stress come about, and what is added to the network. */
const outsideNetwork: ReadonlySet<string> = new Set(['forces', 'stressHead', ...Object.keys(repulsionFields)]);

function assertSameArchitecture(source: ModelConfig, target: ModelConfig, file: string): void {
  const settings = new Map<string, unknown>(Object.entries(kindOf(target).settingsOf(target)));
  const differences = Object.entries(kindOf(source).settingsOf(source))
    .map(([key, value]) => ({ key, old: String(value), now: String(settings.get(key)) }))
    .filter(({ key, old, now }) => old !== now && !outsideNetwork.has(key));
  if (differences.length === 0) return;
  const list = differences.map(({ key, old, now }) => `model.${key} is ${old} there and ${now} here`).join(', ');
  throw new LammError(
    'checkpoint',
    `expected a model of the same architecture, found others: ${list}; write what is there`,
    { file },
  );
}

function describe({ model, file, heads }: StartingModel, target: NewModel, kept: readonly KeptHead[]): string[] {
  const { config, elements } = target;
  const fresh = config.heads.filter((name) => !kept.some((head) => head.name === name));
  const taken = heads === 'copy' ? 'copied' : 'kept';
  const known = new Set(model.heads.flatMap((head) => [...headElements(head)]));
  const unknown = elements.filter((number) => !known.has(number)).map((number) => chemicalSymbols[number]);
  const named = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  const { maxNeighbors, forces } = model.config;
  return [
    `starting from ${file}: heads ${taken}: ${named(kept.map(({ name }) => name))}; heads that begin anew: ${named(fresh)}`,
    ...(unknown.length > 0 && heads !== 'copy' ? [`the model was not trained on ${unknown.join(' ')}`] : []),
    ...(maxNeighbors !== null && config.maxNeighbors === null
      ? [`the model had at most ${maxNeighbors} neighbours an atom; it is now trained with all within the cutoff`]
      : []),
    ...(forces === 'direct' && config.forces === 'conservative' && kept.length > 0
      ? ['the direct forces of the model are left behind: forces are now derivatives of its energy']
      : []),
  ];
}
