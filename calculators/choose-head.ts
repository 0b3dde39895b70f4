import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { densityOf, hasSeen } from '../src/models/head-coverage.js';
import { headElements, type ModelHead } from '../src/models/model.js';
import { type AtomicSystem, formulaOf } from '../src/structure/structure.js';
import type { HeadChoice } from './calculator.js';

/** A head that answers for a system, and what else could. */
export interface ChosenHead extends HeadChoice {
  readonly head: ModelHead;
  /** Names of the others that know all elements. */
  readonly others: readonly string[];
}

/**
 * The head of several that answers for a system.  Of those that were trained on all its elements, the first by these
 * questions: whether it learned from structures like it, periodic or not; whether it learned forces, not energies
 * alone; whether most of its structures were like it; of periodic ones, whether it learned stress; how many elements it
 * knows; its place in the model.
 *
 * @throws {LammError} `unsupported-element` when none was trained on all elements.
 */
export function chooseHead(system: AtomicSystem, heads: readonly ModelHead[], modelName: string): ChosenHead {
  const known = heads.filter((head) => system.numbers.every((number) => headElements(head).has(number)));
  const [head, ...others] = known
    .map((each) => ({ each, merits: meritsOf(each, system) }))
    .sort((a, b) => compareMerits(b.merits, a.merits)) // stable: those alike keep their order
    .map(({ each }) => each);
  if (head === undefined) throw unknownElements(system, heads, modelName);
  return { head, name: head.name, hasSeen: hasSeen(head.coverage, system), others: others.map(({ name }) => name) };
}

function meritsOf(head: ModelHead, system: AtomicSystem): number[] {
  const { coverage, energiesAlone } = head;
  const isPeriodic = system.pbc.includes(true);
  const share = coverage && coverage.structures > 0 ? coverage.periodic / coverage.structures : 0.5;
  return [
    hasSeen(coverage, system) === false ? 0 : 1,
    energiesAlone ? 0 : 1,
    (isPeriodic ? share : 1 - share) >= 0.5 ? 1 : 0,
    isPeriodic && coverage !== undefined && coverage.stresses > 0 ? 1 : 0,
    coverage === undefined ? 0 : headElements(head).size,
  ];
}

function compareMerits(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((merit, index) => merit !== b[index]);
  return place < 0 ? 0 : a[place] - b[place];
}

/** What a user should know before numbers come of a choice. */
export interface ChoiceNotice {
  /** What the notice is about, without numbers: equal where only the words would differ, so that it is told once. */
  readonly about: string;
  readonly text: string;
}

export function noticesOfChoice({ head, hasSeen: seen, others }: ChosenHead, system: AtomicSystem): ChoiceNotice[] {
  const { name, coverage, energiesAlone } = head;
  const kind = system.pbc.includes(true) ? 'periodic structures' : 'structures without a cell';
  const notices: ChoiceNotice[] = [];
  const add = (about: string, text: string) => void notices.push({ about: `${name}, ${kind}: ${about}`, text });
  if (others.length > 0) {
    const why = seen === true ? `, which learned from ${kind}` : '';
    add('choice', `head ${name}${why}; \`head\` names another that knows these elements: ${others.join(', ')}`);
  }
  if (seen === false)
    add('unseen', `warning: head ${name} learned from no ${kind}: what it says of ${formulaOf(system)} is a guess`);
  const density = densityOf(system);
  const [least, largest] = coverage?.densities ?? [0, Number.POSITIVE_INFINITY];
  if (density !== undefined && seen === true && (density < 0.8 * least || density > 1.25 * largest)) {
    const range = `${least.toPrecision(3)} to ${largest.toPrecision(3)} g/cm^3`;
    const found = `${density.toPrecision(3)} of ${formulaOf(system)}`;
    add('density', `warning: head ${name} learned from densities of ${range}, far from the ${found}`);
  }
  if (energiesAlone) add('forces', `head ${name} learned energies alone: its forces were compared with none`);
  return notices;
}

/** Names what is foreign, what is known, and what to do. */
function unknownElements(system: AtomicSystem, heads: readonly ModelHead[], modelName: string): LammError {
  const known = new Set(heads.flatMap((head) => [...headElements(head)]));
  const foreign = system.numbers.filter((number) => !known.has(number));
  const expected =
    heads.length === 1
      ? listElements(known)
      : heads.map((head) => `${head.name}: ${listElements(headElements(head))}`).join('; ');
  const actual = listElements(foreign.length > 0 ? foreign : system.numbers);
  const subject = heads.length === 1 ? modelName : `no head of ${modelName}`;
  const problem =
    foreign.length === 0
      ? `${subject} was trained on ${actual} together`
      : `${subject} was ${heads.length === 1 ? 'not ' : ''}trained on ${actual}, found in ${formulaOf(system)}`;
  const remedy = 'take another model, or fine-tune one to data of your own';
  return new LammError('unsupported-element', `${problem}, and would guess; ${remedy} (known are ${expected})`, {
    quantity: 'elements',
    expected,
    actual,
  });
}
