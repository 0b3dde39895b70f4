import { readFileSync } from 'node:fs';
import { iterateStructures } from '../../src/io/read-structures.js';
import { parseTorchCheckpoint } from '../../src/io/torch/torch-checkpoint.js';
import { importFairchem } from '../../src/models/fairchem/import.js';
import { loadModel } from '../../src/models/load-model.js';
import { parseYaml } from '../../src/settings/yaml-text.js';

/** Reads a file of any kind to its end, as its name says. */
export async function readAll(path: string): Promise<void> {
  if (/\.safetensors$/.test(path)) loadModel(path);
  else if (/\.pt$/.test(path)) importFairchem(parseTorchCheckpoint(readFileSync(path), { file: path }), { file: path });
  else if (/\.yaml$/.test(path)) parseYaml(readFileSync(path, 'utf8'), { file: path }).toValue();
  else for await (const structure of iterateStructures(path)) assertFinite(structure);
}

function assertFinite({ positions, cell }: { readonly positions: Float64Array; readonly cell: Float64Array }): void {
  if (![positions, cell].every((values) => values.every(Number.isFinite))) throw new Error('a number is not finite');
}
