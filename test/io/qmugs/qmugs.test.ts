import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIndexed } from '../../../src/io/open-indexed.js';
import { detectFormat, readStructures } from '../../../src/io/read-structures.js';
import { hartree } from '../../../src/units.js';

let folder = '';
const inFolder = (...names: string[]) => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-qmugs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Conformer {
  readonly id?: string;
  readonly conformer?: string;
  readonly dft?: string;
}

/** A record as QMugs lays it out: HCN with its charges and energies. */
function record({ id = 'CHEMBL1', conformer = 'conf_00', dft = '-93.25' }: Conformer = {}): string {
  const field = (name: string, text: string) => `>  <${name}>  (1) \n${text}\n\n`;
  return [
    `${id}\n     RDKit          3D\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n`,
    '    0.0000    0.0000    0.0000 C   0  0\n    1.1500    0.0000    0.0000 N   0  0\n   -1.0600    0.0000    0.0000 H   0  0\n',
    '  1  2  3  0\n  1  3  1  0\nM  END\n',
    field('CHEMBL_ID', id),
    field('CONF_ID', conformer),
    field('GFN2:TOTAL_ENERGY', '-5.5'),
    field('GFN2:MULLIKEN_CHARGES', '0.1|-0.2|0.1'),
    field('DFT:DIPOLE', '1.0|0.0|0.0|1.0'),
    field('DFT:TOTAL_ENERGY', dft),
    field('DFT:HOMO_ENERGY', '-0.35'),
    '$$$$\n',
  ].join('');
}

/** Writes the folders of two molecules, one of them packed, and the table of them. */
function writeSet(rows?: string): void {
  for (const id of ['CHEMBL10', 'CHEMBL2']) mkdirSync(inFolder('structures', id), { recursive: true });
  writeFileSync(inFolder('structures', 'CHEMBL2', 'conf_00.sdf'), record({ id: 'CHEMBL2' }));
  writeFileSync(
    inFolder('structures', 'CHEMBL2', 'conf_01.sdf'),
    record({ id: 'CHEMBL2', conformer: 'conf_01', dft: '-93.2' }),
  );
  writeFileSync(
    inFolder('structures', 'CHEMBL10', 'conf_00.sdf.gz'),
    gzipSync(record({ id: 'CHEMBL10', dft: '-93.0' })),
  );
  if (rows !== undefined) writeFileSync(inFolder('summary.csv'), rows);
}

const header = 'chembl_id,conf_id,smiles,atoms,nonunique_smiles,GFN2_TOTAL_ENERGY,DFT_TOTAL_ENERGY\n';
const rows = [
  'CHEMBL2,conf_00,C#N,3,False,-5.5,-93.25\n',
  'CHEMBL2,conf_01,"C#N, a ""name""",3,False,-5.5,-93.2\n',
  'CHEMBL10,conf_00,C#N,3,True,-5.5,-93.0\n',
];

describe('a record of QMugs', () => {
  it('has the energy of the density functional in eV as its label, and says which field that is', async () => {
    writeFileSync(inFolder('a.sdf'), record());
    const [{ labels, info, arrays }] = await readStructures(inFolder('a.sdf'));
    expect(labels).toEqual({ energy: -93.25 * hartree });
    expect(info).toEqual({
      title: 'CHEMBL1',
      CHEMBL_ID: 'CHEMBL1',
      CONF_ID: 'conf_00',
      energy_key: 'DFT:TOTAL_ENERGY',
      DFT_TOTAL_ENERGY_eV: -93.25 * hartree,
      GFN2_TOTAL_ENERGY_eV: -5.5 * hartree,
      'DFT:DIPOLE': '1.0|0.0|0.0|1.0',
      'DFT:HOMO_ENERGY': -0.35,
    });
    expect(arrays).toEqual({ GFN2_MULLIKEN_CHARGES: { width: 1, values: Float64Array.of(0.1, -0.2, 0.1) } });
    expect((await detectFormat(inFolder('a.sdf'))).format).toBe('qmugs');
  });

  it('is read packed, one of many in a file, and by its number', async () => {
    const text = record() + record({ conformer: 'conf_01', dft: '-93' });
    writeFileSync(inFolder('a.sdf.gz'), gzipSync(text));
    writeFileSync(inFolder('a.sdf'), text);
    const structures = await readStructures(inFolder('a.sdf.gz'));
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-93.25 * hartree, -93 * hartree]);
    using indexed = await openIndexed(inFolder('a.sdf'));
    expect([indexed.read(1), indexed.read(0)]).toEqual([structures[1], structures[0]]);
  });

  it('is refused when its energy is no number', async () => {
    writeFileSync(inFolder('a.sdf'), record({ dft: 'nan' }));
    await expect(readStructures(inFolder('a.sdf'))).rejects.toThrow(
      /a.sdf: expected a number in hartree for DFT:TOTAL_ENERGY, found "nan"/,
    );
  });

  it('is no label in an SD file of another kind', async () => {
    writeFileSync(inFolder('a.sdf'), record().replace('<CONF_ID>', '<OTHER>'));
    const [{ labels, info }] = await readStructures(inFolder('a.sdf'));
    expect(labels).toEqual({});
    expect(info['DFT:TOTAL_ENERGY']).toBe(-93.25);
  });
});

/** A file in a tar archive; `kind` 0 is a file, L the long name of the next one. */
function tarEntry(name: string, text: string, kind = '0'): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(`        ${kind}`, 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

describe('an archive of QMugs', () => {
  const longName = `structures/CHEMBL3/${'x'.repeat(120)}/conf_00.sdf`;
  const archive = Buffer.concat([
    tarEntry('structures/', '', '5'),
    tarEntry('structures/CHEMBL1/conf_00.sdf', record()),
    tarEntry('README.md', 'x'.repeat(600_000)),
    tarEntry('structures/CHEMBL2/conf_00.sdf', record({ id: 'CHEMBL2', dft: '-93' })),
    tarEntry('././@LongLink', `${longName}\0`, 'L'),
    tarEntry(longName.slice(0, 100), record({ id: 'CHEMBL3', dft: '-92' })),
    Buffer.alloc(1024),
  ]);

  it('is streamed, packed or not, without unpacking it', async () => {
    for (const [name, bytes] of [
      ['structures.tar.gz', gzipSync(archive)],
      ['structures.tar', archive],
    ] as const) {
      writeFileSync(inFolder(name), bytes);
      const structures = await readStructures(inFolder(name));
      expect(structures.map(({ info }) => info.CHEMBL_ID)).toEqual(['CHEMBL1', 'CHEMBL2', 'CHEMBL3']);
      expect(structures.map(({ labels }) => labels.energy)).toEqual(
        [-93.25, -93, -92].map((energy) => energy * hartree),
      );
    }
  });

  it('names the file in it that is wrong, and is refused when it is cut off, damaged or holds none', async () => {
    const read = async (bytes: Buffer) => {
      writeFileSync(inFolder('a.tar'), bytes);
      await readStructures(inFolder('a.tar'));
    };
    const wrong = Buffer.concat([tarEntry('s/conf_00.sdf', record().replace('1.1500', '1.x500')), Buffer.alloc(1024)]);
    await expect(read(wrong)).rejects.toThrow(/a\.tar\/s\/conf_00\.sdf:6: /);
    for (const end of [600, 3000, 600_000, archive.length - 1024])
      await expect(read(archive.subarray(0, end))).rejects.toThrow(/a\.tar: the tar archive is cut off or damaged/);
    const damaged = Buffer.from(archive);
    damaged[512 + 130] ^= 1; // a digit of the size of the first file
    await expect(read(damaged)).rejects.toThrow(/a\.tar: the tar archive is cut off or damaged/);
    await expect(read(Buffer.concat([tarEntry('README', 'a'), Buffer.alloc(1024)]))).rejects.toThrow(/found none/);
  });
});

describe('a folder of QMugs', () => {
  it('is read in the order of the names without the summary', async () => {
    writeSet();
    for (const path of [folder, inFolder('structures')]) {
      const structures = await readStructures(path);
      expect(structures.map(({ info }) => `${info.CHEMBL_ID} ${info.CONF_ID}`)).toEqual([
        'CHEMBL10 conf_00',
        'CHEMBL2 conf_00',
        'CHEMBL2 conf_01',
      ]);
      expect(structures[0].labels.energy).toBe(-93 * hartree);
    }
  });

  it('is read in the order of the summary, with what that says of the molecule', async () => {
    writeSet(`${header}${rows.join('')}\n`);
    const structures = await readStructures(folder);
    expect(structures.map(({ info }) => [info.CHEMBL_ID, info.CONF_ID, info.nonunique_smiles])).toEqual([
      ['CHEMBL2', 'conf_00', false],
      ['CHEMBL2', 'conf_01', false],
      ['CHEMBL10', 'conf_00', true],
    ]);
  });

  it.each([
    [
      'another energy',
      header + rows[0].replace('-93.25', '-93.5'),
      /summary.csv:2: .*conf_00.sdf is CHEMBL2, conf_00 with -93.25 hartree, but this line is CHEMBL2, conf_00 with -93.5/,
    ],
    [
      'a conformer that is not there',
      `${header}CHEMBL3,conf_00,C,1,False,-1,-1\n`,
      /summary.csv:2: expected .*conf_00.sdf, which is not there; unpack/,
    ],
    [
      'an energy that is no number',
      header + rows[0].replace('-93.25', 'x'),
      /summary.csv:2: expected a number in hartree/,
    ],
    ['a row that is cut off', header + rows[0] + rows[1].slice(0, 20), /summary.csv:3: expected fields between commas/],
    ['fields that are missing', `${header}CHEMBL2,conf_00\n`, /summary.csv:2: expected 7 fields, found 2/],
    [
      'a path for a name',
      header + rows[0].replace('CHEMBL2', '../x'),
      /summary.csv:2: expected the names of a molecule/,
    ],
    ['no names', 'a,b\n1,2\n', /summary.csv:1: expected the columns chembl_id and conf_id, found a, b/],
    ['nothing', '', /summary.csv:1: expected a header, found an empty file/],
  ])('is refused when the summary has %s', async (_, text, message) => {
    writeSet(text);
    await expect(readStructures(folder)).rejects.toThrow(message);
  });

  it('without a molecule is refused', async () => {
    mkdirSync(inFolder('structures'));
    await expect(readStructures(folder)).rejects.toThrow(/structures: expected folders such as CHEMBL1/);
  });
});

/** A record as PubChem3D lays it out: one conformer of many, charges as text. */
function pubchem(conformer: string, x: string): string {
  return `2244\n  -OEChem-10041307543D\n\n  2  1  0     0  0  0  0  0  0999 V2000\n${x.padStart(10)}    0.0000    0.0000 N   0  3  0  0  0  0  0  0  0  0  0  0\n    1.0000    0.0000    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0\n  1  2  1  0  0  0  0\nM  CHG  1   1   1\nM  END\n> <PUBCHEM_COMPOUND_CID>\n2244\n\n> <PUBCHEM_CONFORMER_RMSD>\n0.6\n\n> <PUBCHEM_MMFF94_PARTIAL_CHARGES>\n2\n1 -0.57\n2 0.57\n\n> <PUBCHEM_CONFORMER_ID>\n${conformer}\n\n> <PUBCHEM_MMFF94_ENERGY>\n39.5952\n\n$$$$\n`;
}

describe('PubChem3D', () => {
  it('is streamed packed: coordinates, every conformer, formal charges; a force-field energy is no label', async () => {
    const names = ['000008C400000001', '000008C400000002'];
    writeFileSync(
      inFolder('Compound3D_00000001_00025000.sdf.gz'),
      gzipSync(pubchem(names[0], '0.0123') + pubchem(names[1], '-0.5')),
    );
    const structures = await readStructures(folder); // a folder of such files is one set
    expect(structures.map(({ positions }) => positions[0])).toEqual([0.0123, -0.5]);
    expect(structures.map(({ info }) => info.PUBCHEM_CONFORMER_ID)).toEqual(names);
    expect(structures[0].arrays.formal_charges?.values).toEqual(Float64Array.of(1, 0));
    expect(structures[0].labels).toEqual({});
    expect(structures[0].info).toMatchObject({ PUBCHEM_MMFF94_ENERGY: 39.5952, PUBCHEM_COMPOUND_CID: 2244 });
  });
});
