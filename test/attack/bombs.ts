import { deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { formatSafetensors } from '../../src/io/safetensors.js';
import { repulsionFields } from '../../src/models/repulsion.js';

/** A small input that claims, unpacks to or nests very much. */
export interface Bomb {
  /** Its ending says how it is read. */
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

/** How a file of each text format may begin, so that its reader goes on. */
const beginnings: Readonly<Record<string, string>> = {
  'a.xyz': '2\nProperties=species:S:1:pos:R:3 k="',
  'b.xyz': '999999999\nProperties=species:S:1:pos:R:3\n',
  'c.xyz': '1\nLattice="1 0 0 0 1 0 0 0 1" Properties=species:S:1:pos:R:3 a=[',
  'a.cif': 'data_a\nloop_\n_a\n',
  'b.cif': '#\\#CIF_2.0\ndata_a\n_a ',
  'c.cif': "data_a\n_symmetry_equiv_pos_as_xyz 'x,y,z'\n_cell_length_a ",
  'a.poscar': 'a\n1\n1 0 0\n0 1 0\n0 0 1\nCu\n',
  'a.sdf': 'a\nb\nc\n999999  0            999 V2000\n',
  'b.sdf': 'a\nb\nc\n  0  0  0 V3000\nM  V30 BEGIN CTAB\nM  V30 ',
  'a.json': '{"ids": [1], "1": {"numbers": [1], "positions": [[0,0,0]], "data": ',
  OUTCAR: ' vasp.5\n TITEL = PAW Cu 1\n ions per type = ',
  'vasprun.xml': '<modeling><atominfo>',
  'a.pwo': ' Program PWSCF\n number of atoms/cell = 3\n',
  'a.pwi': '&control\n/\n&system\n ibrav=0, nat=2, ntyp=1\n',
  'cp2k.out': ' CP2K| version\n',
  'cp2k.inp': '&FORCE_EVAL\n &SUBSYS\n',
};

const repeated = [
  ...[
    '[',
    '{',
    '(',
    '"',
    "'",
    '<a>',
    '&',
    ';',
    ';\n',
    '_a ',
    'loop_ ',
    'data_a\n',
    '[],',
    '{"a":',
    '-',
    '1 ',
    '1\n',
    ' ',
    '\n',
  ],
  ...['#', '$$$$\n', 'a=b ', '/*', '\\', 'x', '0.1 0.1 0.1\n', 'H 0 0 0\n', '1\n\nH 0 0 0\n', '/\n', '!'],
];

/** Two million characters of one kind behind each beginning, as they are; and sixty million, packed. */
function* textBombs(): Generator<Bomb> {
  for (const [name, beginning] of Object.entries(beginnings)) {
    for (const [index, piece] of repeated.entries()) {
      const again = (characters: number) => Buffer.from(piece.repeat(Math.ceil(characters / piece.length)));
      const folder = `${index}-`;
      yield { name: folder + name, bytes: () => Buffer.concat([Buffer.from(beginning), again(2e6)]) };
      if (index % 3 !== 0 || !name.includes('.')) continue;
      const packed = () => Buffer.concat([gzipSync(beginning), ...new Array<Buffer>(60).fill(gzipSync(again(1e6)))]);
      yield { name: `${folder}${name}.gz`, bytes: packed };
    }
  }
}

/** A file of `torch.save` with one entry. */
function torchFile(name: string, content: Uint8Array): Uint8Array {
  return zipSync({ [name]: content }, { level: 9 });
}

function filled(length: number, text: string): Buffer {
  return Buffer.alloc(length, text);
}

const row = (extra: string) => `{"1": {"numbers": [1], "positions": [[0, 0, 0]]${extra}}, "ids": [1]}`;

/** A small one of the second kind of models. */
const equiformer = {
  ...{
    kind: 'equiformer-v2',
    channels: 8,
    layers: 1,
    maxDegree: 2,
    maxOrder: 2,
    attentionHeads: 2,
    attentionHidden: 8,
  },
  ...{
    alphaChannels: 8,
    valueChannels: 4,
    feedForwardHidden: 8,
    edgeChannels: 8,
    basisSize: 16,
    norm: 'layer_norm_sh',
  },
  ...{ gridMlp: true, gridResolution: 8, cutoff: 6, maxNeighbors: 20, strictNeighbors: false, elementCount: 10 },
  ...{ averageAtoms: 20, averageDegree: 20, smooth: true, forces: 'direct', heads: ['a'] },
};

/** Those that are made for one format. */
const special: readonly Bomb[] = [
  ...['[300000000,0]', '[4294967296,0]', '[1e300,0]', `[${'1,'.repeat(1e5)}1]`].map((shape, index) => ({
    name: `shape${index}.json`,
    bytes: () => Buffer.from(row(`, "key_value_pairs": {"a": {"__ndarray__": [${shape},"float64",[]]}}`)),
  })),
  { name: 'ids.json', bytes: () => Buffer.from(row('').replace('"ids": [1', `"ids": [${'1,'.repeat(1e6)}1`)) },
  { name: 'arrays.json', bytes: () => Buffer.from(row(`, "cell": ${'{"array":'.repeat(1e5)}1${'}'.repeat(1e5)}`)) },
  ...['N', '}', ']', '(', ')', '(]', '\x94', 'N\x94', '}\x94', '\x8c\x00', 'K\x00\x85', '0'].map((code, index) => ({
    name: `pickle${index}.pt`,
    bytes: () => torchFile('a/data.pkl', Buffer.from(code.repeat(3e7 / code.length), 'latin1')),
  })),
  { name: 'long.pt', bytes: () => torchFile('a/data.pkl', filled(3e8, 'N')) },
  { name: 'deep.safetensors', bytes: () => safetensorsOf(`{"x":{"dtype":"U8","shape":${'['.repeat(1e6)}`) },
  {
    name: 'wide.safetensors',
    bytes: () => safetensorsOf(`{"x":{"dtype":"U8","shape":[${'1,'.repeat(1e6)}1],"data_offsets":[0,1]}}`),
  },
  {
    name: 'huge.safetensors',
    bytes: () => safetensorsOf('{"x":{"dtype":"F64","shape":[1000000000,1000000000],"data_offsets":[0,8]}}'),
  },
  ...descriptions(),
  { name: 'zeros.aselmdb', bytes: () => filled(4e6, '\0') },
  { name: 'zeros.traj', bytes: () => Buffer.concat([Buffer.from('- of UlmASE-Trajectory  '), filled(4e6, '\x01')]) },
  { name: 'zlib.aselmdb', bytes: () => deflateSync(filled(6e7, '[')) },
];

/** Headers of a safetensors file that lie. */
function safetensorsOf(header: string): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]);
}

/** Descriptions of models that claim what is not there, or are none. */
function* descriptions(): Generator<Bomb> {
  const config = {
    kind: 'painn',
    channels: 4,
    layers: 1,
    basis: 'gaussian',
    basisSize: 4,
    cutoff: 6,
    envelopeExponent: 5,
  };
  const rest = { maxNeighbors: 50, elementCount: 10, smooth: true, forces: 'direct', heads: ['a'], scaleFactors: [1] };
  const head = { name: 'a', energyScale: 1, forceScale: 1, referenceEnergies: { H: 0 } };
  const card = { name: 'a', license: '', trainingData: [], notes: [] };
  const whole = { version: 1, config: { ...config, ...rest }, heads: [head], card };
  const bad: unknown[] = [null, -1, 0, 1e5, 1e9, 1e300, 'foo', [], {}, [null], true];
  const texts = ['{', 'null', '1', '[]', '{}', '"a"', '['.repeat(1e6)];
  for (const config of [whole.config, equiformer])
    for (const key of [
      ...Object.keys(config),
      ...Object.keys(repulsionFields),
      'stressHead',
      '__proto__',
      'constructor',
    ])
      for (const value of bad)
        texts.push(JSON.stringify({ ...whole, config: Object.fromEntries([...Object.entries(config), [key, value]]) }));
  for (const key of Object.keys(head))
    for (const value of bad) texts.push(JSON.stringify({ ...whole, heads: [{ ...head, [key]: value }] }));
  for (const key of Object.keys(whole)) for (const value of bad) texts.push(JSON.stringify({ ...whole, [key]: value }));
  for (const [index, text] of texts.entries())
    yield { name: `description${index}.safetensors`, bytes: () => formatSafetensors([], { 'lamm.model': text }) };
}

export function* allBombs(): Generator<Bomb> {
  yield* special;
  yield* textBombs();
}
