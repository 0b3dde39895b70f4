import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../calculators/create-calculator.js';
import { snapshotOf } from '../../md/record/snapshot.js';
import { runMd } from '../../md/run.js';
import { readStructures } from '../../src/io/read-structures.js';
import { resultNamesOf, withoutResults, withResults } from '../../src/io/result-keys.js';
import { formatExtxyz, parseExtxyz } from '../../src/io/xyz/extxyz.js';
import { kB } from '../../src/units.js';
import { noAse, runAse } from '../helpers/ase.js';
import { rattledCopper } from '../helpers/copper.js';
import { useFolder } from '../helpers/folder.js';

const inFolder = useFolder('test', async () => undefined);

/** A frame of a simulation, sheared so that no two elements of its stress are alike. */
async function movingFrame(resultKeys: 'lamm' | 'ase') {
  const emt = createCalculator('emt');
  const start = rattledCopper(1, { cell: [3.8, 0.1, 0, 0, 3.5, 0.2, 0.05, 0, 3.6] });
  let state: Parameters<typeof snapshotOf>[0] | undefined;
  for await (const next of runMd(start, emt, { steps: 5 })) state = next;
  if (state === undefined) throw new Error('no state');
  return { state, frame: snapshotOf(state, 1, { resultKeys, head: 'pbe' }) };
}

describe('results in a file', () => {
  it('stand beside the labels, as nine numbers where they are a matrix, and come back', async () => {
    const emt = createCalculator('emt');
    const labelled = rattledCopper(1, { labels: { energy: -1, forces: new Float64Array(12) } });
    const results = await emt.calculate(labelled);
    const structure = withResults(labelled, { ...results, head: 'pbe' });
    const text = formatExtxyz(structure);
    expect(text).toMatch(/lamm_stress="(-?[\d.e-]+ ){8}-?[\d.e-]+"/);
    const [back] = parseExtxyz(text);
    expect(back.labels).toEqual(labelled.labels);
    expect(back.info).toEqual(structure.info);
    expect(back.info.lamm_head).toBe('pbe');
    expect(back.arrays.lamm_forces.values).toEqual(results.forces);
  });

  it('leave nothing of earlier results, and in the names of ASE put the labels aside', async () => {
    const old = withResults(rattledCopper(1, { labels: { energy: -1, forces: new Float64Array(12) } }), {
      energy: 5,
      forces: new Float64Array(12),
      stress: new Float64Array(6),
      head: 'old',
    });
    const results = { energy: 7, forces: new Float64Array(12).fill(1) };
    expect(withResults(old, results).info).toEqual({ lamm_energy: 7 });
    const { labels, info, arrays } = withResults(old, results, 'ase');
    expect(labels).toEqual(results);
    expect(info).toEqual({ REF_energy: -1 });
    expect(Object.keys(arrays)).toEqual(['REF_forces']);
  });

  it('in the names of ASE leave nothing that ASE would take for theirs, and nothing of the file is lost', async ({
    skip,
  }) => {
    const column = { width: 1, values: new Float64Array(4).fill(-3.5) };
    const file = rattledCopper(1, {
      labels: { energy: -1 },
      info: { REF_energy: -2, free_energy: -3 },
      arrays: { energies: column },
    });
    const structure = withResults(file, { energy: 7, forces: new Float64Array(12) }, 'ase');
    expect(structure.info).toEqual({ REF_energy: -2, input_energy: -1, REF_free_energy: -3 });
    expect(structure.arrays).toEqual({ REF_energies: column });
    if (noAse) skip(noAse);
    await writeFile(inFolder('sp.extxyz'), formatExtxyz(structure));
    expect(runAse('print(json.dumps(sorted(read(sys.argv[1]).calc.results)))', inFolder('sp.extxyz'))).toEqual([
      'energy',
      'forces',
    ]);
  });

  it('of one geometry are not those of another: they are known by their names, whatever is in front', () => {
    const column = { width: 3, values: new Float64Array(12) };
    const info = {
      REF_energy: -2,
      free_energy: -3,
      dft_virial: [1],
      energy_per_atom: 1,
      unconverged: true,
      temperature_K: 300,
    };
    const kept = { config_type: 'bulk', energy_cutoff: 500, charge: 1 };
    const moments = { width: 1, values: new Float64Array(4) };
    const arrays = { REF_forces: column, stresses: column };
    const structure = rattledCopper(1, {
      labels: { energy: -1 },
      info: { ...info, ...kept },
      arrays: { ...arrays, magmoms: moments },
    });
    expect(resultNamesOf(structure)).toEqual([...Object.keys(info), ...Object.keys(arrays)]);
    expect(withoutResults(structure)).toMatchObject({ labels: {}, info: kept, arrays: { magmoms: moments } });
    expect(Object.keys(withoutResults(structure).info)).toEqual(Object.keys(kept));
  });

  it('are what ASE reads as energy, forces, stress and temperature', async ({ skip }) => {
    if (noAse) skip(noAse);
    const { state, frame } = await movingFrame('ase');
    await writeFile(inFolder('ase.extxyz'), formatExtxyz(frame));
    const script = `a = read(sys.argv[1])
print(json.dumps([a.get_potential_energy(), a.get_forces().ravel().tolist(), a.get_stress().tolist(),
  a.get_temperature(), a.get_kinetic_energy(), a.info['lamm_head']]))`;
    const [energy, forces, stress, temperature, kinetic, head] = runAse(script, inFolder('ase.extxyz')) as [
      number,
      number[],
      number[],
      number,
      number,
      string,
    ];
    expect(energy).toBe(state.potentialEnergy);
    expect(forces).toEqual([...state.forces]);
    expect(stress).toEqual([...(state.stress ?? [])]);
    const ours = state.momenta.reduce((sum, p, i) => sum + p ** 2 / state.masses[Math.floor(i / 3)] / 2, 0);
    expect(kinetic / ours).toBeCloseTo(1, 6); // ASE knows the masses to fewer digits
    expect(temperature / ((2 * ours) / (12 * kB))).toBeCloseTo(1, 6);
    expect(head).toBe('pbe');
  });

  it('give ASE the momenta under names of ours too, and a matrix of stress', async ({ skip }) => {
    if (noAse) skip(noAse);
    const { state, frame } = await movingFrame('lamm');
    await writeFile(inFolder('lamm.extxyz'), formatExtxyz(frame));
    const script = `a = read(sys.argv[1])
print(json.dumps([a.get_momenta().ravel().tolist(), a.info['lamm_stress'].tolist(), a.info['lamm_energy']]))`;
    const [momenta, stress, energy] = runAse(script, inFolder('lamm.extxyz')) as [number[], number[][], number];
    momenta.forEach((value, i) => expect(value).toBeCloseTo(state.momenta[i], 12));
    const [xx, yy, zz, yz, xz, xy] = state.stress ?? [];
    expect(stress.flat()).toEqual([xx, xy, xz, xy, yy, yz, xz, yz, zz]);
    expect(energy).toBe(state.potentialEnergy);
  });

  it('of a simulation bring velocities back to the bit', async () => {
    const { frame } = await movingFrame('ase');
    await writeFile(inFolder('back.extxyz'), formatExtxyz(frame));
    const [back] = await readStructures(inFolder('back.extxyz'));
    expect(back.velocities).toEqual(frame.velocities);
    expect(back.arrays).toEqual({});
  });
});

it('momenta that contradict the velocities are told, and the velocities taken', async () => {
  const notices: string[] = [];
  const rows = 'Cu 0 0 0 1 0 0 63.5 0 0';
  const text = (row: string) => `1\nProperties=species:S:1:pos:R:3:velocities:R:3:momenta:R:3\n${row}\n`;
  await writeFile(inFolder('two.extxyz'), text(rows.replace('63.5', '12')));
  const [structure] = await readStructures(inFolder('two.extxyz'), { onNotice: (notice) => notices.push(notice) });
  expect(structure.velocities).toEqual(Float64Array.of(1, 0, 0));
  expect(notices.join()).toMatch(/contradict/);
  notices.length = 0;
  await writeFile(inFolder('one.extxyz'), text(rows));
  await readStructures(inFolder('one.extxyz'), { onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual([]);
});
