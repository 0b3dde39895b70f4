import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { File, ready } from 'h5wasm/node';
import { layoutFor } from '../../src/models/kinds.js';
import { formatModel } from '../../src/models/model-file.js';
import { lammSConfig } from '../../src/models/painn/config.js';
import { initializeParameters } from '../../src/models/parameters.js';
import { createRandom } from '../../src/random.js';

/** The files that the tests of the readers have, seen from here as it was written, or as it was built. */
const fixtures =
  ['../fixtures/io', '../../../test/fixtures/io']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find(existsSync) ?? '';
const readable = /\.(?:xyz|cif|poscar|out|pwo|sdf|mol|traj|db|json|lmdb|aselmdb|xz|xml|h5)$|OUTCAR$/;
const largest = 200_000;

/** Puts sound files of every format into `folder`, small enough to be damaged many thousand times. */
export async function fillCorpus(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(fixtures, { recursive: true, encoding: 'utf8' })) {
    const path = join(fixtures, name);
    const isWanted = readable.test(name) && !/expected|graphs\.json/.test(name) && statSync(path).isFile();
    if (!isWanted || statSync(path).size > largest) continue;
    copyFileSync(path, join(folder, name.replaceAll(/[/\\]/g, '__')));
    if (/\.(?:xyz|cif)$/.test(name) && name.includes('zoo'))
      writeFileSync(join(folder, `${basename(name)}.gz`), gzipSync(readFileSync(path)));
  }
  writeFileSync(join(folder, 'model.safetensors'), smallModel());
  await writeHdf5(join(folder, 'molecule.h5'));
}

/** A model of the usual kind, as small as one can be. */
export function smallModel(referenceEnergies: Readonly<Record<string, number>> = { H: -1, O: -2 }): Uint8Array {
  const config = { ...lammSConfig, channels: 4, layers: 1, basisSize: 4, elementCount: 30, scaleFactors: [1] };
  const parameters = initializeParameters(layoutFor(config), createRandom(1));
  const heads = [{ name: 'default', energyScale: 1, forceScale: 1, referenceEnergies }];
  return formatModel({
    config,
    parameters,
    heads,
    card: { name: 'small', license: 'none', trainingData: [], notes: [] },
  });
}

async function writeHdf5(path: string): Promise<void> {
  await ready;
  const file = new File(path, 'w');
  const group = file.create_group('1').create_group('a');
  group.create_dataset({ name: 'atNUM', data: Uint8Array.of(8, 1), shape: [2] });
  group.create_dataset({
    name: 'atXYZ',
    data: Float64Array.of(0, 0, 0, 1, 0, 0),
    shape: [2, 3],
    chunks: [2, 3],
    compression: 4,
  });
  group.create_dataset({ name: 'ePBE0+MBD', data: Float64Array.of(-1), shape: [1] });
  file.close();
}
