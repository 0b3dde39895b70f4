import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePretrainConfig } from '../../../../pretrain/config/pretrain-config.js';
import { prepareData } from '../../../../pretrain/dataset/prepare-data.js';

const frame = (labels: string, force = '0 0 0') =>
  `1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3:forces:R:3 pbc="T T T" ${labels}\nCu 0 0 0 ${force}\n`;
const stress = 'stress="0.01 0 0 0 0.02 0 0 0 0.03"';

function prepare(files: Readonly<Record<string, string>>, subsets: readonly object[]) {
  const directory = mkdtempSync(join(tmpdir(), 'lamm-subset-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const config = { data: { subsets }, training: { batch: { atoms: 8 }, length: '1 epoch' }, out: 'unused' };
  const { data } = parsePretrainConfig(JSON.stringify(config));
  return prepareData(data, { directory, energyReduction: 'per-atom' });
}

const labelled = { name: 'labelled', head: 'pbe', train: ['a.extxyz'] };

describe('a subset that learns forces and stress alone', () => {
  const relaxed = { name: 'relaxed', head: 'pbe', task: 'forces', train: ['b.extxyz'] };

  it('needs no energies, and takes none where there are some', async () => {
    const files = { 'a.extxyz': frame('energy=-3'), 'b.extxyz': frame(stress) + frame(`energy=7 ${stress}`) };
    const { training, heads } = await prepare(files, [labelled, relaxed]);
    const samples = [...training];
    expect(samples.map(({ energy }) => energy)).toEqual([-3, undefined, undefined]);
    expect(samples.map((sample) => sample.stress?.[2])).toEqual([undefined, 0.03, 0.03]);
    expect(samples.every(({ forces }) => forces?.length === 3)).toBe(true);
    expect(heads[0].fit?.references).toEqual({ Cu: expect.closeTo(-3, 9) }); // of the only energy that counts
  });

  it('is what an error proposes where energies are missing', async () => {
    const files = { 'a.extxyz': frame(stress) };
    await expect(prepare(files, [labelled])).rejects.toThrow(
      /labelled learns S2EF-Total, but no training frame of it has an energy; .* task is forces, which learns forces and stress alone/,
    );
  });
});
