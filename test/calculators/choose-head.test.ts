import { describe, expect, it } from 'vitest';
import { chooseHead, noticesOfChoice } from '../../calculators/choose-head.js';
import type { HeadCoverage } from '../../src/models/head-coverage.js';
import type { ModelHead } from '../../src/models/model.js';
import { createStructure } from '../../src/structure/structure.js';

const headOf = (name: string, symbols: string, more: Partial<ModelHead> = {}): ModelHead => ({
  name,
  energyScale: 1,
  forceScale: 1,
  referenceEnergies: Object.fromEntries(symbols.split(' ').map((symbol) => [symbol, 0])),
  ...more,
});
const seen = (periodic: number, molecules: number, stresses = 0): HeadCoverage => ({
  structures: periodic + molecules,
  periodic,
  energies: periodic + molecules,
  forces: periodic + molecules,
  stresses,
  ...(periodic > 0 && { densities: [1, 10] as const }),
});

const crystals = headOf('crystals_pbe', 'H C N O Si Ti Cu Fe', { coverage: seen(900, 100, 900) });
const heads = [
  headOf('metals', 'Cu Si', { coverage: seen(50, 0) }),
  headOf('oxides', 'O Ti', { coverage: seen(50, 0), energiesAlone: true }),
  headOf('organics', 'H C N O', { coverage: seen(0, 500) }),
  headOf('conformers', 'H C N O Si', { coverage: seen(0, 500), energiesAlone: true }),
  crystals,
];
const cube = (symbols: readonly string[], length = 4, pbc: boolean | [boolean, boolean, boolean] = true) =>
  createStructure({
    symbols,
    positions: symbols.map((_, atom) => [atom, 0, 0]),
    cell: [length, 0, 0, 0, length, 0, 0, 0, length],
    pbc,
  });
const molecule = (symbols: readonly string[]) =>
  createStructure({ symbols, positions: symbols.map((_, atom) => [atom, 0, 0]) });
const nameFor = (system: ReturnType<typeof cube>, of = heads) => chooseHead(system, of, 'model').name;

describe('the head that answers for a system', () => {
  it('is of a periodic solid the one for crystals, the broadest, though another knows exactly these elements', () => {
    expect(nameFor(cube(['Cu', 'Cu', 'Cu']))).toBe('crystals_pbe');
    expect(nameFor(cube(['Ti', 'O', 'O']))).toBe('crystals_pbe');
    expect(nameFor(cube(['Cu', 'Cu'], 4, [true, true, false]))).toBe('crystals_pbe');
  });

  it('is of a molecule without a cell one that learned from molecules, forces before energies alone', () => {
    expect(nameFor(molecule(['O', 'H', 'H']))).toBe('organics');
    expect(nameFor(molecule(['Si', 'H', 'H']))).toBe('crystals_pbe'); // which has seen molecules and their forces
    expect(nameFor(molecule(['Si', 'H', 'H']), heads.slice(0, 4))).toBe('conformers');
  });

  it('has seen the kind of system where any has, and says that it has not where none has', () => {
    const without = heads.filter((head) => head !== crystals);
    expect(nameFor(cube(['C', 'H']))).toBe('crystals_pbe');
    expect(chooseHead(cube(['C', 'H']), without, 'model')).toMatchObject({ name: 'organics', hasSeen: false });
    expect(chooseHead(molecule(['Cu', 'Cu']), without, 'model')).toMatchObject({ name: 'metals', hasSeen: false });
  });

  it('is the first of those alike, and of models that do not say what they learned from', () => {
    const old = [headOf('a', 'Cu'), headOf('b', 'Cu Ni')];
    expect(chooseHead(cube(['Cu']), old, 'model')).toMatchObject({ name: 'a', hasSeen: undefined, others: ['b'] });
  });

  it('is none for an element that none knows: the error names it, what is known, and what to do', () => {
    expect(() => nameFor(cube(['Cu', 'Au']))).toThrow(
      /no head of model was trained on Au, found in AuCu.*fine-tune one.*\(known are metals: Si, Cu; oxides: O, Ti;/,
    );
    expect(() => nameFor(cube(['Ti', 'N', 'Cu']), heads.slice(0, 4))).toThrow(
      /no head .* trained on N, Ti, Cu together/,
    );
    expect(() => nameFor(cube(['Au']), heads.slice(0, 1))).toThrow(
      /model was not trained on Au, found in Au,.*known are Si, Cu\)/,
    );
  });
});

describe('what is said of a choice', () => {
  const textsOf = (system: ReturnType<typeof cube>, of = heads) =>
    noticesOfChoice(chooseHead(system, of, 'model'), system).map(({ text }) => text);

  it('is which it is, why, and what else there is', () => {
    expect(textsOf(cube(['Cu', 'Cu', 'Cu']))).toEqual([
      'head crystals_pbe, which learned from periodic structures; `head` names another that knows these elements: metals',
    ]);
    expect(textsOf(molecule(['O', 'H', 'H']))).toEqual([
      expect.stringMatching(
        /^head organics, which learned from structures without a cell; .*: crystals_pbe, conformers$/,
      ),
    ]);
    expect(textsOf(cube(['Fe', 'Fe', 'Fe']))).toEqual([]);
  });

  it('is a warning of a kind of structure, or a density, that the head has not seen', () => {
    expect(textsOf(cube(['C', 'H']), heads.slice(0, 3))).toEqual([
      'warning: head organics learned from no periodic structures: what it says of CH is a guess',
    ]);
    expect(textsOf(cube(['Fe'], 12))).toEqual([
      'warning: head crystals_pbe learned from densities of 1.00 to 10.0 g/cm^3, far from the 0.0537 of Fe',
    ]);
  });
});
