import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chemicalSymbols } from '../../../src/elements.js';
import { LammError } from '../../../src/errors.js';
import { formatExtxyz, iterateExtxyz, parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { parseComment } from '../../../src/io/xyz/extxyz-comment.js';
import {
  type AtomProperty,
  createStructure,
  type InfoValue,
  type Structure,
} from '../../../src/structure/structure.js';

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LammError) return error.message;
  }
  throw new Error('expected an error');
}

const two = (comment: string, rows = 'Cu 0 0 0\nCu 0 0 2.5') => `2\n${comment}\n${rows}\n`;
const parseOne = (text: string): Structure => parseExtxyz(text, { file: 'a.xyz' })[0];

describe('labels', () => {
  it('come from keys named exactly energy, forces and stress', () => {
    const rows = 'Cu 0 0 0 1 2 3 7 8 9\nCu 0 0 2.5 4 5 6 7 8 9';
    const { labels, info, arrays } = parseOne(
      two('Properties=species:S:1:pos:R:3:forces:R:3:dft_forces:R:3 energy=-1.5 REF_energy=-2 free_energy=-3', rows),
    );
    expect(labels).toEqual({ energy: -1.5, forces: Float64Array.of(1, 2, 3, 4, 5, 6) });
    expect(info).toEqual({ REF_energy: -2, free_energy: -3 });
    expect(Object.keys(arrays)).toEqual(['dft_forces']);
  });

  it('read nine numbers of stress column by column, and six as Voigt', () => {
    const nine = parseOne(two('Lattice="9 0 0 0 9 0 0 0 9" stress="1 4 5 40 2 6 50 60 3"'));
    expect(nine.labels.stress).toEqual(Float64Array.of(1, 2, 3, 60, 50, 40));
    const six = parseOne(two('Lattice="9 0 0 0 9 0 0 0 9" stress="1 2 3 4 5 6"'));
    expect(six.labels.stress).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });

  it.each([
    ['energy=low', /a.xyz:2: expected a finite number for energy, found "low"/],
    ['energy=nan', /energy, found "nan"/],
    ['stress="1 2 3"', /nine numbers for stress/],
    ['Properties=species:S:1:pos:R:3:forces:R:2', /expected the column forces:R:3|rows are too short/],
    ['lattice="1 0 0 0 1 0 0 0 1"', /expected the key "Lattice", found "lattice"/],
  ])('are refused when they are wrong: %s', (pairs, message) => {
    expect(() => parseOne(two(`Lattice="9 0 0 0 9 0 0 0 9" ${pairs}`.replace(/^.*(?= lattice)/, '')))).toThrow(message);
  });
});

describe('values of a comment', () => {
  const long = Array.from({ length: 70 }, (_, index) => index / 8);
  it.each<[text: string, value: InfoValue]>([
    ['"250 eV"', '250 eV'],
    ['"1 2 x 3"', '1 2 x 3'],
    ['"1 2 3,4"', [1, 2, 3, 4]],
    ['"1 -2.5\t3e2 "', [1, -2.5, 300]],
    ['"7"', 7],
    ['-1.5D+01', -15],
    ['"1 NaN"', '1 NaN'],
    ['12345678901234567890', '12345678901234567890'],
    ['"12345678901234567890 1"', [12345678901234567000, 1]],
    ['1e300', 1e300],
    ['"1\u00a02"', [1, 2]],
    ['\u0130', '\u0130'],
    ['"1\\n2"', [1, 2]],
    ['T', true],
    ['"F T"', [false, true]],
    ['"T 1"', 'T 1'],
    ['Total', 'Total'],
    ['[1 2]', [1, 2]],
    ['[7]', [7]],
    ['[a b]', ['a', 'b']],
    ['""', ''],
    [`"${long.join(' ')}"`, long],
  ])('%s become numbers, logicals or text', (text, value) => {
    const { info } = parseOne(two(`Properties=species:S:1:pos:R:3 key=${text} last=1`));
    expect(info).toEqual({ key: value, last: 1 });
  });
});

describe('frames after one another', () => {
  it('have each its own cell and periodicity, whether they repeat or change', () => {
    const cube = (edge: number) => `Lattice="${edge} 0 0 0 ${edge} 0 0 0 ${edge}"`;
    const comments = [
      `${cube(5)} pbc="T T F"`,
      `${cube(5)} pbc="T T F"`,
      `${cube(6)} pbc="T T F"`,
      `${cube(5)} pbc=[T,T,F]`,
      `${cube(5)} pbc=T`,
      `Lattice=[5,0,0,0,5,0,0,0,5] pbc=[T]`,
      `${cube(5)} Properties=species:S:1:pos:R:3`,
    ];
    const together = parseExtxyz(comments.map((comment) => two(comment)).join(''));
    expect(together).toEqual(comments.map((comment) => parseOne(two(comment))));
    expect(together.map(({ cell }) => cell[0])).toEqual([5, 5, 6, 5, 5, 5, 5]);
    expect(together.map(({ pbc }) => pbc[2])).toEqual([false, false, false, false, true, true, true]);
    expect(together[0].cell).not.toBe(together[1].cell);
    expect(['pbc="T"', 'pbc=[T]', 'pbc="T"'].map((pair) => parseComment(pair).get('pbc'))).toEqual([
      true,
      [true],
      true,
    ]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['Properties=species:S:1:pos:R:3 note="open \\', 'Cu 0 0 0', /a\.xyz:2: the quote " at column 37 is not closed/],
    ['Properties=species:S:1:pos:R:3 note=[1 2', 'Cu 0 0 0', /a\.xyz:2: the bracket \[ at column 37 is not closed/],
    ['Properties=species:S:1:pos:R:3 note="a"b', 'Cu 0 0 0', /a\.xyz:2: expected a blank after the value .* found "b"/],
    [
      'Properties=species:S:1:pos:R:3:tag:I:2',
      'Cu 0 0 0 7 0.5',
      /a\.xyz:3: expected an integer in the column "tag", found "0\.5"/,
    ],
    ['Properties=species:S:1:pos:R:3:tag:I:2', 'Cu 0 0 0 7 x', /a\.xyz:3: expected an integer .*, found "x"/],
    [
      'Properties=species:S:1:pos:R:3:tag:I:2',
      'Cu 0.0 0.0 0.0 7',
      /a\.xyz:3: expected 6 words in this row, found fewer/,
    ],
  ])('is named: %s, %s', (comment, row, message) => {
    expect(() => parseOne(`1\n${comment}\n${row}\n`)).toThrow(message);
  });
});

describe('atoms', () => {
  it('take velocities from momenta, with the masses of the file', () => {
    const rows = 'Cu 0 0 0 2 4 0 -6\nCu 0 0 2.5 4 8 0 0';
    const { velocities, masses } = parseOne(two('Properties=species:S:1:pos:R:3:masses:R:1:momenta:R:3', rows));
    expect(masses).toEqual(Float64Array.of(2, 4));
    expect(velocities).toEqual(Float64Array.of(2, 0, -3, 2, 0, 0));
  });

  it('are fixed where move_mask is false', () => {
    const wide = parseOne(two('Properties=species:S:1:pos:R:3:move_mask:L:3', 'Cu 0 0 0 T F T\nCu 0 0 1 F F F'));
    expect(wide.fixed).toEqual(Uint8Array.of(0, 1, 0, 1, 1, 1));
    const narrow = parseOne(two('Properties=species:S:1:pos:R:3:move_mask:L:1', 'Cu 0 0 0 T\nCu 0 0 1 F'));
    expect(narrow.fixed).toEqual(Uint8Array.of(0, 0, 0, 1, 1, 1));
  });

  it('may be given by atomic number', () => {
    expect(parseOne('2\n\n29 0 0 0\n8 0 0 1\n').numbers).toEqual(Uint8Array.of(29, 8));
    expect(() => parseOne(two('Properties=species:S:1:pos:R:3:Z:I:1', 'Cu 0 0 0 29\nCu 0 0 1 8'))).toThrow(
      /atom 2 is Cu by its species, but Z is 8/,
    );
  });

  it.each([
    ['2\n\nCu 0 0 0\nCu 0 nan 0\n', 4],
    ['2\n\nCu 0 0 0\nQq 0 0 0\n', 4],
    ['2\n\nCu 0 0 0\nCu 0 0\n', 4],
    ['2\n\nCu 0 0 0\n', 3],
    ['1\n\nCu 0 0 0\n\n2\n\nCu 0 0 0\nCu 0 x 0\n', 8],
    ['\n', 1],
    ['', 1],
  ])('that cannot be read are named with the line: %j', (text, line) => {
    let error: unknown;
    try {
      parseOne(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LammError);
    expect((error as LammError).details).toMatchObject({ file: 'a.xyz', line });
  });
});

it('reads every decimal number as JavaScript does', () => {
  const decimal = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .tuple(fc.constantFrom('', '-', '+'), fc.nat(), fc.stringMatching(/^\d{0,25}$/))
      .map(([sign, whole, part]) => `${sign}${whole}.${part}`),
    fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.nat(16)).map(([value, digits]) => value.toFixed(digits)),
    fc
      .tuple(fc.integer(), fc.integer({ min: -330, max: 290 }))
      .map(([mantissa, exponent]) => `${mantissa}e${exponent}`),
  );
  fc.assert(
    fc.property(decimal, decimal, decimal, (x, y, z) => {
      expect(parseOne(`1\n\nH ${x}\t${y} ${z}  \n`).positions).toEqual(
        Float64Array.of(Number(x), Number(y), Number(z)),
      );
    }),
    { numRuns: 2000 },
  );
  expect(parseOne('1\n\nH 1.5D+01 -2d0 .5\n').positions).toEqual(Float64Array.of(15, -2, 0.5));
});

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-+.'), minLength: 1, maxLength: 6 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\r', ''));
const freeKey = (key: string) =>
  !['Lattice', 'Properties', 'pbc', 'energy', 'stress', 'virial'].some(
    (name) => name.toLowerCase() === key.toLowerCase(),
  );

const info: fc.Arbitrary<Record<string, InfoValue>> = fc.dictionary(
  fc
    .oneof(
      word,
      anyText.filter((key) => key !== ''),
    )
    .filter(freeKey),
  fc.oneof(
    finite.map((value) => value + 0),
    fc.boolean(),
    anyText,
    fc.constantFrom('T', '12', 'a b', '_JSON 1', '[1]', '1,2', ' x '),
    fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 10 }),
    fc.array(fc.boolean(), { maxLength: 4 }),
    fc.array(fc.array(fc.integer(), { minLength: 2, maxLength: 2 }), { maxLength: 3 }),
    fc.array(anyText, { maxLength: 3 }),
  ),
);

const structure: fc.Arbitrary<Structure> = fc
  .record({
    atomCount: fc.integer({ min: 1, max: 5 }),
    info,
    periodic: fc.boolean(),
    seed: fc.array(finite, { minLength: 60, maxLength: 60 }),
  })
  .chain(({ atomCount, info, periodic, seed }) =>
    fc
      .record({
        numbers: fc.array(fc.integer({ min: 1, max: 118 }), { minLength: atomCount, maxLength: atomCount }),
        energy: fc.option(finite, { nil: undefined }),
        hasForces: fc.boolean(),
        hasStress: fc.boolean(),
        hasVelocities: fc.boolean(),
        fixed: fc.option(fc.array(fc.nat(1), { minLength: 3 * atomCount, maxLength: 3 * atomCount }), {
          nil: undefined,
        }),
        tags: fc.array(word, { minLength: atomCount, maxLength: atomCount }),
      })
      .map(({ numbers, energy, hasForces, hasStress, hasVelocities, fixed, tags }) => {
        const rows = (start: number) =>
          Float64Array.from({ length: 3 * atomCount }, (_, index) => seed[(start + index) % 60]);
        const arrays: Record<string, AtomProperty> = {
          tag: { width: 1, values: tags },
          index: { width: 1, values: Float64Array.from({ length: atomCount }, (_, index) => index), integer: true },
          flags: { width: 2, values: Array.from({ length: 2 * atomCount }, (_, index) => seed[index] > 0) },
          dft_forces: { width: 3, values: rows(40) },
        };
        return createStructure({
          numbers,
          positions: rows(0),
          ...(periodic
            ? { cell: [5, 0.1, seed[0] / 1e7, 0, 6, 0, 1 / 3, 0, 7], pbc: [true, false, true] as const }
            : {}),
          ...(hasVelocities && { velocities: rows(15) }),
          ...(fixed && { fixed }),
          labels: {
            ...(energy !== undefined && { energy }),
            ...(hasForces && { forces: rows(30) }),
            ...(hasStress && { stress: Float64Array.from(seed.slice(0, 6)) }),
          },
          info,
          arrays,
        });
      }),
  );

describe('writing and reading', () => {
  it('gives every structure back, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(structure, { minLength: 1, maxLength: 3 }), (structures) => {
        expect(parseExtxyz(structures.map(formatExtxyz).join(''))).toEqual(structures);
      }),
    );
  });

  it('gives the same structures whatever chunks a file comes in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(structure, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        async (structures, sizes) => {
          const bytes = Buffer.from(structures.map(formatExtxyz).join(''));
          async function* chunks(): AsyncGenerator<Uint8Array> {
            for (let start = 0, turn = 0; start < bytes.length; start += sizes[turn++ % sizes.length]) {
              yield bytes.subarray(start, start + sizes[turn % sizes.length]);
            }
          }
          const read: Structure[] = [];
          for await (const item of iterateExtxyz(chunks())) read.push(item);
          expect(read).toEqual(structures);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('reads frames that are larger than any chunk', async () => {
    const frame = (seed: number) =>
      createStructure({
        numbers: new Array(3000).fill(29),
        positions: Float64Array.from({ length: 9000 }, (_, index) => index / 7 + seed),
      });
    const structures = Array.from({ length: 8 }, (_, seed) => frame(seed));
    const bytes = Buffer.from(structures.map(formatExtxyz).join(''));
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < bytes.length; start += 10_007) yield bytes.subarray(start, start + 10_007);
    }
    let count = 0;
    for await (const item of iterateExtxyz(chunks())) expect(item.positions).toEqual(structures[count++].positions);
    expect(count).toBe(8);
  });

  it('gives the same from large chunks, with empty lines between frames and remarks behind the last one', async () => {
    const frame = (index: number) => `2\n\nH ${index} 0 0\nO 0 ${index / 7} 0 more words\n`;
    const frames = Array.from({ length: 9000 }, (_, index) => frame(index) + '\n'.repeat(index % 3));
    const text = `${frames.join('')}\nThis was all.\n${'remark\n'.repeat(30_000)}`;
    const expected = parseExtxyz(text);
    expect(expected).toHaveLength(9000);
    for (const size of [65_537, 100_003, text.length]) {
      let count = 0;
      for await (const { positions } of iterateExtxyz(piecesOf(Buffer.from(text), size)))
        expect(positions).toEqual(expected[count++].positions);
      expect(count).toBe(9000);
    }
  });

  it('refuses the same with the same words, whatever chunks a file comes in', async () => {
    const good = '2\n\nH 0 0 0\nO 0 0 1\n'.repeat(9000);
    for (const bad of [
      '2\n\nH 0 0 0\nQ 0 0 1\n',
      '3\n\nH 0 0 0\nQ 0 0 1\n',
      'x\n',
      '1\nProperties=a\nH 0 0 0\n',
      '1',
    ]) {
      const text = good + bad;
      const expected = messageOf(() => parseExtxyz(text, { file: 'a.xyz' }));
      expect(expected).toMatch(/^a\.xyz:3600\d: /);
      for (const size of [1000, 65_536, 65_537, text.length - 3]) {
        const reading = async () => {
          for await (const _ of iterateExtxyz(piecesOf(Buffer.from(text), size), { file: 'a.xyz' }));
        };
        await expect(reading()).rejects.toThrow(expected);
      }
    }
  });

  it('lets go of a file that is left early, or whose frames are refused', async () => {
    for (const [text, isLeft] of [
      ['2\n\nH 0 0 0\nO 0 0 1\n'.repeat(9000), true],
      [`${'2\n\nH 0 0 0\nO 0 0 1\n'.repeat(9000)}x\n${'y\n'.repeat(90_000)}`, false],
    ] as const) {
      let isClosed = false;
      async function* chunks(): AsyncGenerator<Uint8Array> {
        try {
          yield* piecesOf(Buffer.from(text), 70_000);
        } finally {
          isClosed = true;
        }
      }
      const reading = async () => {
        for await (const _ of iterateExtxyz(chunks())) if (isLeft) break;
      };
      if (isLeft) await reading();
      else await expect(reading()).rejects.toThrow(LammError);
      expect(isClosed).toBe(true);
    }
  });

  it('refuses what the format cannot hold', () => {
    const arrays = { note: { width: 1, values: ['two words'] } };
    expect(() => formatExtxyz(createStructure({ numbers: [1], positions: [0, 0, 0], arrays }))).toThrow(
      /"note" holds "two words"/,
    );
    const named = { 'a b': { width: 1, values: Float64Array.of(1) } };
    expect(() => formatExtxyz(createStructure({ numbers: [1], positions: [0, 0, 0], arrays: named }))).toThrow(
      /name that extended XYZ cannot hold/,
    );
  });
});

it('never fails in another way than with a clear error, whatever the bytes', () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', ' ', '2', '=', '"', '[', '{', '\\', 'Lattice=', 'Properties=', ':', 'R', '\0', '1e999'),
    fc.string(),
  );
  const symbols = fc.constantFrom(...chemicalSymbols);
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, symbols), { maxLength: 40 }), (pieces) => {
      for (const text of [
        pieces.join(''),
        `1\n${pieces.join('')}\nH 0 0 0\n`,
        `2\nLattice="5 0 0 0 5 0 0 0 5"\nH 0 0 0\n${pieces.join('')}`,
      ]) {
        try {
          for (const { positions, cell } of parseExtxyz(text))
            expect([...positions, ...cell].every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LammError);
          expect((error as LammError).details.line).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 500 },
  );
});
