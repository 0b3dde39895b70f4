import { type ObservableName, observableNames, observables } from '../../../md/analysis/observables.js';
import {
  type RunAnalysisOptions,
  type RunAnalysisRequest,
  runAnalysisSettings,
} from '../../../md/analysis/run-analysis.js';
import { LammError } from '../../errors.js';
import { nearestName } from '../../settings/nearest-name.js';
import { parseQuantity, type QuantityKind } from '../../settings/quantity.js';
import { camelCase, kebabCase, settingsOf } from '../../settings/setting.js';

/** What `analyze` says, its values still as text. */
export interface AnalysisSpec {
  /** Whether all that the structure allows is asked for. */
  readonly isAll: boolean;
  readonly observables: Readonly<Partial<Record<ObservableName, Readonly<Record<string, string>>>>>;
}

const described = observableNames.map((name) => `${name} (${observables[name].about})`).join(', ');
/** Help for `analyze`. */
export const analysisHelp = `while it runs: all, or ${described} with commas between, and how: rdf:every=50,cutoff=6A,vacf:every=5,window=400`;

/** What may be said of an observable, by the names of its settings: numbers that count, or quantities. */
function settingsFor(name: ObservableName): ReadonlyMap<string, 'count' | QuantityKind> {
  const settings = settingsOf(runAnalysisSettings.shape[name]);
  return new Map(settings.map(({ key, meta }) => [kebabCase(key), meta.quantity ?? 'count']));
}

/**
 * Reads `NAME[:key=value,...],...`, for instance `rdf:every=50,cutoff=6A,msd,vacf:every=2`, and adds it to what was
 * said before.
 *
 * @throws {LammError} `usage` for an unknown name or key, with the nearest known one, or one that is given twice.
 */
export function parseAnalysisSpec(text: string, previous?: AnalysisSpec): AnalysisSpec {
  const asked: Partial<Record<ObservableName, Record<string, string>>> = { ...previous?.observables };
  let isAll = previous?.isAll ?? false;
  let current: ObservableName | undefined;
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [, name, assignment] = /^([^:=]*)(?::(.*))?$/.exec(part) ?? [];
    if (name === 'all' && assignment === undefined) {
      isAll = true;
      continue;
    }
    if (name !== undefined) {
      current = knownName(name, ['all', ...observableNames]);
      if (asked[current]) throw new LammError('usage', `\`analyze\`: "${current}" is given twice`);
      asked[current] = {};
    }
    const setting = name === undefined ? part : assignment;
    if (setting === undefined) continue;
    if (current === undefined) throw new LammError('usage', `\`analyze\`: expected ${examples}, found "${text}"`);
    const own = asked[current] ?? {};
    const [key, value] = parseSetting(setting, current);
    if (Object.hasOwn(own, key)) throw new LammError('usage', `\`analyze\` ${current}: "${key}" is given twice`);
    own[key] = value;
  }
  return { isAll, observables: asked };
}

/** The request in the units of the library; `every` is for those that have none of their own. */
export async function requestOf(
  { isAll, observables: asked }: AnalysisSpec,
  { every, isPeriodic }: { every?: number; isPeriodic: boolean },
): Promise<RunAnalysisRequest> {
  const names = observableNames.filter(
    (name) => asked[name] !== undefined || (isAll && (name !== 'rdf' || isPeriodic)),
  );
  const entries = names.map(async (name) => {
    const values = await Promise.all(
      Object.entries(asked[name] ?? {}).map(async ([key, value]) => [
        camelCase(key),
        await valueOf(value, settingsFor(name).get(key) ?? 'count', `\`analyze\` ${name}: ${key}`),
      ]),
    );
    return [name, { ...(every !== undefined && { every }), ...Object.fromEntries(values) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What is analysed and how often, for people. */
export function describeAnalysis(options: RunAnalysisOptions): string {
  const parts = observableNames.flatMap((name) => {
    const settings = options[name];
    return settings ? [`${name} every ${settings.every === 1 ? 'step' : `${settings.every} steps`}`] : [];
  });
  return parts.join(', ');
}

const examples = 'names such as rdf,msd,vacf:every=2';

function knownName(name: string, known: readonly string[]): ObservableName {
  const found = observableNames.find((one) => one === name);
  if (found !== undefined) return found;
  const near = nearestName(name, known);
  const remedy = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
  throw new LammError('usage', `\`analyze\`: expected ${examples}, found "${name}"; ${remedy}`, { actual: name });
}

function parseSetting(text: string, name: ObservableName): [key: string, value: string] {
  const [, key = text, value = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const known = [...settingsFor(name).keys()];
  if (known.includes(key.trim()) && value.trim() !== '') return [key.trim(), value.trim()];
  throw new LammError(
    'usage',
    `\`analyze\` ${name}: expected ${known.map((one) => `${one}=...`).join(' or ')}, found "${text}"`,
    {
      actual: text,
    },
  );
}

async function valueOf(text: string, kind: 'count' | QuantityKind, place: string): Promise<number> {
  if (kind !== 'count') {
    return parseQuantity(text, kind, place);
  }
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new LammError('usage', `${place}: expected a whole number of at least 1, found "${text}"`);
}
