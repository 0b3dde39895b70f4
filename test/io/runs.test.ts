import { describe, expect, it } from 'vitest';
import { parseCp2kOutput } from '../../src/io/cp2k/cp2k-output.js';
import { parseEspressoOutput } from '../../src/io/quantum-espresso/espresso-output.js';
import { rydberg } from '../../src/io/quantum-espresso/espresso-units.js';
import type { RunOptions } from '../../src/io/text/run-steps.js';
import { parseOutcar } from '../../src/io/vasp/outcar.js';
import { parseVasprun } from '../../src/io/vasp/vasprun.js';
import type { Structure } from '../../src/structure/structure.js';
import { readFixture } from './cut-files.js';

interface Run {
  readonly parse: (text: string, options?: RunOptions) => Structure[];
  /** Of two steps that converged. */
  readonly text: string;
  /** The same, but the second step did not converge. */
  readonly unconverged: string;
}

const outcar = readFixture('vasp/handmade__water_two_steps_OUTCAR');
const vasprun = readFixture('vasp/handmade__water_two_steps_vasprun.xml');
const espresso = readFixture('qe/handmade__water_two_steps.pwo');
const cp2k = readFixture('cp2k/handmade__hydrogen.out');

const scf = /<scstep>[\s\S]*?<\/scstep>/;
const lastOf = (text: string, part: string | RegExp, change: (found: string) => string): string => {
  const matches = [...text.matchAll(new RegExp(part, 'gm'))];
  const { 0: found, index } = matches[matches.length - 1];
  return text.slice(0, index) + change(found) + text.slice(index + found.length);
};

/** One step, whose coordinates are printed, and two such runs in one file. */
const cp2kStep = cp2k.replace(/(ENERGY\| Total FORCE_EVAL[\s\S]*?)^ *ENERGY\| Total FORCE_EVAL.*\n/m, '$1');
const twice = cp2kStep + cp2kStep;

const runs: Readonly<Record<string, Run>> = {
  OUTCAR: {
    parse: parseOutcar,
    text: outcar,
    unconverged: lastOf(
      outcar,
      /-+ Iteration.*\n/,
      (line) => `${line}--- aborting loop EDIFF was not reached (unconverged) ---\n`,
    ),
  },
  'vasprun.xml': {
    parse: parseVasprun,
    text: vasprun.replace('<atominfo>', '<incar>\n<i type="int" name="NELM">     3</i>\n</incar>\n<atominfo>'),
    unconverged: lastOf(
      vasprun.replace(
        '<atominfo>',
        '<parameters><separator name="electronic" ><separator name="electronic convergence" >\n<i type="int" name="NELM">     3</i>\n</separator></separator></parameters>\n<atominfo>',
      ),
      scf,
      (step) => step.repeat(3),
    ),
  },
  'Quantum ESPRESSO, that stops': {
    parse: parseEspressoOutput,
    text: espresso,
    unconverged: lastOf(
      espresso,
      /^! {4}total energy .*\n/m,
      (line) => `${line.replace('!', ' ')}\n     convergence NOT achieved after 100 iterations: stopping\n`,
    ),
  },
  'Quantum ESPRESSO, that goes on': {
    parse: parseEspressoOutput,
    text: espresso.replace(
      '     number of atoms',
      '     convergence threshold     =      1.0E-06\n     number of atoms',
    ),
    unconverged: lastOf(
      espresso.replace('     number of atoms', '     convergence threshold     =      1.0E-06\n     number of atoms'),
      /^! {4}total energy .*\n/m,
      (line) =>
        `${line}     estimated scf accuracy    <       0.00310000 Ry\n     convergence has been achieved in 100 iterations\n`,
    ),
  },
  'CP2K, inner cycle': {
    parse: parseCp2kOutput,
    text: twice,
    unconverged: lastOf(
      twice,
      / *ENERGY\| Total FORCE_EVAL/,
      (line) => ` *** WARNING in qs_scf.F:598 :: SCF run NOT converged ***\n${line}`,
    ),
  },
  'CP2K, outer cycle': {
    parse: parseCp2kOutput,
    text: twice,
    unconverged: lastOf(
      twice,
      / *ENERGY\| Total FORCE_EVAL/,
      (line) => `  outer SCF loop FAILED to converge after  20 iterations or  400 steps\n${line}`,
    ),
  },
};

describe.each(Object.entries(runs))('%s', (_, { parse, text, unconverged }) => {
  const collect = () => {
    const notices: string[] = [];
    return { notices, onNotice: (notice: string) => notices.push(notice) };
  };

  it('leaves a step out that did not converge, counts and names it, and says how to keep it', () => {
    expect(unconverged).not.toBe(text);
    const [{ notices, onNotice }, whole] = [collect(), collect()];
    const steps = parse(text, { onNotice: whole.onNotice });
    expect(steps).toHaveLength(2);
    expect(whole.notices).toEqual([]);
    expect(parse(unconverged, { onNotice })).toEqual(steps.slice(0, 1));
    expect(notices).toEqual([
      '1 of 2 steps did not converge electronically (2) and is left out; `keepUnconverged` keeps them',
    ]);
  });

  it('gives and marks it when asked to', () => {
    const { notices, onNotice } = collect();
    const [first, second, ...others] = parse(unconverged, { keepUnconverged: true, onNotice });
    expect(others).toEqual([]);
    expect(first.info.unconverged).toBeUndefined();
    expect(second.info.unconverged).toBe(true);
    expect(second.labels.energy).toBe(parse(text)[1].labels.energy);
    expect(second.labels.forces).toEqual(parse(text)[1].labels.forces);
    expect(notices).toEqual([expect.stringContaining('is kept, marked as unconverged')]);
  });
});

it('says that all steps of a run did not converge, and not that there is no energy', () => {
  const head = espresso.slice(0, espresso.search(/^!/m));
  const run = `${head}     iteration #  1     ecut=    30.00 Ry\n     total energy              =     -33.90000000 Ry\n     convergence NOT achieved after   1 iterations: stopping\n\n   JOB DONE.\n`;
  expect(() => parseEspressoOutput(run, { file: 'a.pwo' })).toThrow(/^a\.pwo:\d+: expected a converged step, found 1/);
  expect(parseEspressoOutput(run, { keepUnconverged: true })[0].labels.energy).toBe(-33.9 * rydberg);
});

it('says that an output of pw.x has no structure where its head is missing, not that it has no energy', () => {
  const energy = /^!.*\n/m.exec(espresso)?.[0];
  const tail = `     Program PWSCF v.7.2 starts on  1Jan2024 at  0: 0: 0\n${energy}\n   JOB DONE.\n`;
  expect(() => parseEspressoOutput(tail)).toThrow(/expected a structure .* found none/);
});

it('counts the energies of a log of CP2K whose coordinates are not printed', () => {
  const energy = /^ *ENERGY\| Total FORCE_EVAL.*\n/m.exec(cp2k)?.[0] ?? '';
  const run = cp2kStep.replace(/^.*PROGRAM ENDED AT/m, `${energy}\n${energy}$&`);
  const notices: string[] = [];
  expect(parseCp2kOutput(run, { onNotice: (notice) => notices.push(notice) })).toHaveLength(1);
  expect(notices).toEqual([
    expect.stringMatching(/^left out: 2 further steps whose coordinates are not printed.*PROJECT-pos-1\.xyz/),
  ]);
});

it('tells that a run was cut off', () => {
  const notices: string[] = [];
  parseOutcar(outcar.slice(0, outcar.indexOf(' General timing')), { onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual(['the run has not come to its end; its last step is marked as truncated']);
});
