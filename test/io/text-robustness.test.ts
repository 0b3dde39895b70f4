import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { parseCif } from '../../src/io/cif/cif.js';
import { parseCp2kInput } from '../../src/io/cp2k/cp2k-input.js';
import { iterateCp2kOutput } from '../../src/io/cp2k/cp2k-output.js';
import { formatOfContent } from '../../src/io/formats.js';
import { parseEspressoInput } from '../../src/io/quantum-espresso/espresso-input.js';
import { iterateEspressoOutput } from '../../src/io/quantum-espresso/espresso-output.js';
import { readStructures } from '../../src/io/read-structures.js';
import { iterateSdf } from '../../src/io/sdf/sdf.js';
import { iterateOutcar } from '../../src/io/vasp/outcar.js';
import { parsePoscar } from '../../src/io/vasp/poscar.js';
import { iterateVasprun } from '../../src/io/vasp/vasprun.js';
import { iterateExtxyz } from '../../src/io/xyz/extxyz.js';
import type { Structure } from '../../src/structure/structure.js';
import { readFixture } from './cut-files.js';
import { problemsOfCuts, problemsOfDamage, type Reader } from './robustness.js';

const file = 'some file';
type Iterate = (chunks: AsyncIterable<Uint8Array>, options: { file: string }) => AsyncIterable<Structure>;

const streamed: Readonly<Record<string, readonly [Iterate, fixture: string]>> = {
  'extended XYZ': [iterateExtxyz, 'xyz/handmade__info_quoting_zoo.xyz'],
  'XYZ of many frames': [iterateExtxyz, 'xyz/handmade__multi_frame_varying_atoms.xyz'],
  'SDF V2000': [iterateSdf, 'sdf/handmade__v2000_records.sdf'],
  'SDF V3000': [iterateSdf, 'sdf/handmade__v3000.sdf'],
  OUTCAR: [iterateOutcar, 'vasp/handmade__water_two_steps_OUTCAR'],
  'vasprun.xml': [iterateVasprun, 'vasp/handmade__water_two_steps_vasprun.xml'],
  'output of pw.x': [iterateEspressoOutput, 'qe/handmade__water_two_steps.pwo'],
  'output of CP2K': [iterateCp2kOutput, 'cp2k/handmade__hydrogen.out'],
};

const espressoInput = `&control
  calculation = 'scf'
/
&system
  ibrav = 4, celldm(1) = 5.0, celldm(3) = 1.6, nat = 2, ntyp = 1
/
ATOMIC_SPECIES
 Zn 65.38 zn.upf
ATOMIC_POSITIONS crystal
 Zn 0.3333 0.6667 0.25
 Zn 0.6667 0.3333 0.75 0 1 0
K_POINTS gamma
`;
const cp2kInput = `&FORCE_EVAL
 &SUBSYS
  &CELL
   A 10.0 0 0
   B [nm] 0 1.0 0
   C 1 0 9.0
  &END
  &COORD
   UNIT bohr
   Zn1 0.0 0.0 0.0 MOL1
   Zn1 0.1 0.2 0.3 MOL1
  &END
 &END
&END
`;

const whole: Readonly<
  Record<string, readonly [(text: string, options: { file: string }) => Structure[], text: string]>
> = {
  POSCAR: [parsePoscar, readFixture('poscar/handmade__velocities_cartesian.poscar')],
  'POSCAR with a remark': [parsePoscar, readFixture('poscar/handmade__exclamation_comments_and_blank_tail.poscar')],
  'input of pw.x': [parseEspressoInput, espressoInput],
  'input of CP2K': [parseCp2kInput, cp2kInput],
};

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const cases: [string, Buffer, Reader][] = [
  ...Object.entries(streamed).map(([name, [iterate, fixture]]): [string, Buffer, Reader] => [
    name,
    Buffer.from(readFixture(fixture)),
    async (bytes) => {
      const structures: Structure[] = [];
      for await (const structure of iterate(piecesOf(bytes, 97), { file })) structures.push(structure);
      return structures;
    },
  ]),
  ...Object.entries(whole).map(([name, [parse, text]]): [string, Buffer, Reader] => [
    name,
    Buffer.from(text),
    (bytes) => parse(Buffer.from(bytes).toString('utf8'), { file }),
  ]),
];

let inputs = 0;
afterAll(() => console.log(`text formats: ${inputs} cut or damaged inputs`));

describe.each(cases)('%s', (_, bytes, read) => {
  const counted: Reader = (input) => {
    inputs++;
    return read(input);
  };

  it('is read or refused with file and line, wherever it is cut off', async () => {
    expect(await problemsOfCuts(bytes, counted, { file, lines: true })).toEqual([]);
  });

  it('is read as finite values or refused with file and line, whatever bytes are changed', async () => {
    expect(await problemsOfDamage(bytes, counted, { file, lines: true, runs: 1500 })).toEqual([]);
  });
});

/** Gives the same chunk again and again; how often is what a reader took before it gave up. */
function endless(start: string, again: string) {
  const chunk = Buffer.alloc(2 ** 20, again);
  const taken = { megabytes: 0, isClosed: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from(start);
      for (;;) {
        taken.megabytes++;
        yield chunk;
      }
    } finally {
      taken.isClosed = true;
    }
  }
  return { chunks: chunks(), taken };
}

describe('a file without an end', () => {
  // The number is how many MB may be taken before that is seen: what is held is doubled up to a limit.
  it.each([
    ['extended XYZ', 'a line', '', 'x', 128],
    ['extended XYZ', 'a comment', '1\n', 'x', 128],
    ['extended XYZ', 'a row', '1\n\nH 0 0 0', '0', 128],
    ['SDF V2000', 'a record', 'a\nb\n', 'x', 512],
    ['SDF V2000', 'lines of a record', 'a\nb\n', 'x\n', 512],
    ['OUTCAR', 'a line', ' vasp.5.4.4\n', 'x', 4],
    ['vasprun.xml', 'a text', '<modeling>', 'x', 4],
    ['vasprun.xml', 'a tag', '<modeling><', 'x', 4],
    ['vasprun.xml', 'elements in one another', '<modeling>', '<a>', 4],
    ['output of pw.x', 'a line', '     Program PWSCF\n', 'x', 4],
    ['output of CP2K', 'a line', ' CP2K| version\n', 'x', 4],
  ])('%s that goes on with %s is refused before it fills the memory', async (name, _, start, again, most) => {
    const { chunks, taken } = endless(start, again);
    const reading = async () => {
      for await (const structure of streamed[name][0](chunks, { file })) expect(structure).toBeUndefined();
    };
    await expect(reading()).rejects.toThrow(LammError);
    expect(taken.megabytes).toBeLessThanOrEqual(most);
    expect(taken.isClosed).toBe(true);
  });

  it('takes no memory for atoms that are declared and not there', async () => {
    const declared: [string, string][] = [
      ['extended XYZ', '999999999999\nProperties=species:S:1:pos:R:3\nH 0 0 0\n'],
      ['extended XYZ', '999999999\nProperties=species:S:1:pos:R:3:big:R:9999\nH 0 0 0\n'],
      ['SDF V2000', 'a\nb\nc\n999999  0            999 V2000\n'],
      ['SDF V3000', 'a\nb\nc\n  0  0  0 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 999999999 0 0 0 0\n'],
      ['OUTCAR', ' vasp.5\n TITEL = PAW Cu 1\n number of dos NIONS = 999999999\n ions per type = 999999999\n'],
      ['vasprun.xml', '<modeling><atominfo><atoms> 999999999 </atoms></atominfo></modeling>'],
      ['output of pw.x', ' Program PWSCF\n number of atoms/cell = 999999999\n'],
    ];
    for (const [name, text] of declared) {
      const before = process.memoryUsage().arrayBuffers;
      const read = async () => {
        for await (const _ of streamed[name][0](piecesOf(Buffer.from(text), 1000), { file }));
      };
      await expect(read(), text).rejects.toThrow(LammError);
      expect(process.memoryUsage().arrayBuffers - before, text).toBeLessThan(2 ** 24);
    }
    for (const text of [
      'Cu\n1\n1 0 0\n0 1 0\n0 0 1\nCu\n999999999\nDirect\n0 0 0\n',
      `Cu\n1\n1 0 0\n0 1 0\n0 0 1\n${'Cu '.repeat(9)}\n${'999999999 '.repeat(9)}\nDirect\n0 0 0\n`,
    ])
      expect(() => parsePoscar(text, { file })).toThrow(/ends too early/);
    expect(() => parseEspressoInput(espressoInput.replace('nat = 2', 'nat = 999999999'), { file })).toThrow(LammError);
  });
});

describe('a line of 10 MB', () => {
  const long = 'x'.repeat(10_000_000);

  it.each(Object.entries(streamed))('in %s is read or refused with its line, soon', async (_, [iterate, fixture]) => {
    const [first, ...rest] = readFixture(fixture).split('\n');
    const started = performance.now();
    for (const text of [long, [first, long, ...rest].join('\n'), [first, ...rest, long].join('\n')]) {
      try {
        for await (const { positions } of iterate(piecesOf(Buffer.from(text), 65_536), { file }))
          expect(positions.every(Number.isFinite)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ name: LammError.name, details: { file, line: expect.any(Number) } });
        expect(String(error).length).toBeLessThan(1000);
      }
    }
    expect(performance.now() - started).toBeLessThan(50_000);
  });
});

describe('an input that repeats one thing', () => {
  it.each<[string, () => unknown]>([
    ['a word of a million letters in a namelist', () => parseEspressoInput(`&system\n${'x'.repeat(1e6)}`, { file })],
    ['a number of a million digits in a CIF', () => parseCif(`data_a\n_cell_length_a ${'9'.repeat(1e6)}x\n`, { file })],
    ['a beginning of many empty lines', () => formatOfContent('\n'.repeat(65_536))],
  ])('is read or refused soon: %s', (_, read) => {
    const start = process.cpuUsage();
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({ name: LammError.name, details: { file } });
    }
    expect(process.cpuUsage(start).user).toBeLessThan(2e6);
  });
});

describe('a packed file that unpacks to very much', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lamm-bomb-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const bomb = (name: string, start: string, again: string, megabytes: number): string => {
    const piece = gzipSync(Buffer.alloc(2 ** 24, again));
    const pieces = new Array<Buffer>(megabytes / 16).fill(piece);
    writeFileSync(join(folder, name), Buffer.concat([gzipSync(start), ...pieces]));
    return join(folder, name);
  };

  it.each([
    ['a.xyz.gz', '1\n', 'x'],
    ['many.xyz.gz', '', '1\n\nH 0 0 0\n'],
    ['a.sdf.gz', 'a\n', 'x\n'],
    ['POSCAR.gz', 'a\n1\n', '1 '],
    ['a.pwi.gz', '&system\n', 'x'],
    ['OUTCAR.gz', ' vasp.5\n', 'x'],
    ['vasprun.xml.gz', '<modeling>', ' '],
    ['a.pwo.gz', ' Program PWSCF\n', 'x'],
    ['a.cif.gz', 'data_a\nloop_\n_a\n', 'a\n'],
    ['a.json.gz', '{"ids": [1], "1": ', '['],
  ])('is refused as %s within a second, before it fills the memory', async (name, start, again) => {
    const path = bomb(name, start, again, 512);
    const before = process.cpuUsage();
    await expect(readStructures(path)).rejects.toThrow(/far more than an input of \d+ bytes|a million characters/);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(5_000_000); // of the processor: a second, and room for a busy machine
  });

  const endless: [string, string, string, RegExp][] = [
    ['extended XYZ', '1\n', 'x', /a line of less than 64 MB/],
    ['SDF V2000', 'a\n', 'x\n', /within 256 MB/],
    ['OUTCAR', ' vasp.5\n', 'x', /a million characters/],
    ['vasprun.xml', '<modeling>', ' ', /a million characters/],
    ['output of pw.x', ' Program PWSCF\n', 'x', /a million characters/],
  ];
  it.each(endless)(
    'out of a pipe is refused as %s when what is held at once is too much',
    async (name, start, again, message) => {
      async function* chunks() {
        yield Buffer.from(start);
        for (;;) yield Buffer.alloc(2 ** 22, again);
      }
      const read = async () => {
        for await (const _ of streamed[name][0](chunks(), { file }));
      };
      await expect(read()).rejects.toThrow(message);
    },
    30_000,
  );

  it('is read frame by frame when there is little in a frame', async () => {
    const frame = Buffer.from('1\n\nH 0 0 0\n'.repeat(15_000));
    const path = join(folder, 'many.xyz.gz');
    writeFileSync(path, Buffer.concat(new Array<Buffer>(2).fill(gzipSync(frame))));
    expect(await readStructures(path)).toHaveLength(30_000);
  });
});
