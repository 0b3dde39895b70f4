import { createRandom } from '../../src/random.js';

export interface VaspRun {
  readonly steps: number;
  readonly atoms: number;
}

/** Electronic iterations of an ionic step. */
const iterations = 12;
const edge = 10;

type Row = readonly [number, number, number];

/** Positions in the cell and forces of one step; seeded. */
function* motion({ steps, atoms }: VaspRun): Generator<{ positions: Row[]; forces: Row[]; energy: number }> {
  const random = createRandom(3);
  const rows = (size: number) =>
    Array.from(
      { length: atoms },
      (): Row => [size * random.uniform(), size * random.uniform(), size * random.uniform()],
    );
  for (let step = 0; step < steps; step++) {
    yield {
      positions: rows(1),
      forces: rows(2).map(([x, y, z]) => [x - 1, y - 1, z - 1]),
      energy: -3.5 * atoms - random.uniform(),
    };
  }
}

/** The OUTCAR of a molecular dynamics run of copper, with what a program passes over between the steps. */
export function outcarOf(run: VaspRun): string {
  const number = (value: number, width: number, digits: number) => value.toFixed(digits).padStart(width);
  const rule = ` ${'-'.repeat(83)}`;
  const lattice = [
    '      direct lattice vectors                 reciprocal lattice vectors',
    ...[0, 1, 2].map((axis) => {
      const row = (value: number) => [0, 1, 2].map((k) => number(k === axis ? value : 0, 13, 9)).join('');
      return `   ${row(edge)}  ${row(1 / edge)}`;
    }),
  ];
  const head = [
    ' vasp.5.4.4.18Apr17-6-g9f103f2a35 (build of the benchmark) complex parallel',
    ' POTCAR:    PAW_PBE Cu 22Jun2005',
    '   VRHFIN =Cu: d10 p1',
    '   TITEL  = PAW_PBE Cu 22Jun2005',
    `   number of dos      NEDOS =    301   number of ions     NIONS = ${number(run.atoms, 6, 0)}`,
    `   ions per type = ${number(run.atoms, 15, 0)}`,
    ...lattice,
  ];
  const steps = Array.from(motion(run), ({ positions, forces, energy }, step) => [
    ...Array.from({ length: iterations }, (_, iteration) => electronicLines(step + 1, iteration + 1, energy)).flat(),
    '  FORCE on cell =-STRESS in cart. coord.  units (eV):',
    '  in kB      10.00000    20.00000    30.00000     1.00000     2.00000     3.00000',
    '  external pressure =       20.00 kB  Pullay stress =        0.00 kB',
    ' VOLUME and BASIS-vectors are now :',
    ...lattice,
    ' POSITION                                       TOTAL-FORCE (eV/Angst)',
    rule,
    ...positions.map(
      (row, atom) =>
        ` ${row.map((value) => number(edge * value, 13, 5)).join('')}  ${forces[atom].map((value) => number(value, 14, 6)).join('')}`,
    ),
    rule,
    '    total drift:                                0.000000      0.000000      0.000000',
    '',
    '  FREE ENERGIE OF THE ION-ELECTRON SYSTEM (eV)',
    '  ---------------------------------------------------',
    `  free  energy   TOTEN  = ${number(energy - 0.01, 20, 8)} eV`,
    '',
    `  energy  without entropy=${number(energy + 0.01, 18, 8)}  energy(sigma->0) =${number(energy, 18, 8)}`,
    '',
  ]);
  return [...head, ...steps.flat(), ' General timing and accounting informations for this job:', ''].join('\n');
}

function electronicLines(step: number, iteration: number, energy: number): string[] {
  const terms = ['alpha Z        PSCENC', 'Ewald energy   TEWEN ', '-Hartree energ DENC  ', 'eigenvalues    EBANDS'];
  const title = `Iteration ${String(step).padStart(6)}(${String(iteration).padStart(4)})`;
  return [
    `--------------------------------------- ${title}  ---------------------------------------`,
    '    POTLOK:  cpu time    0.1234: real time    0.1240',
    '     EDDAV:  cpu time    1.2345: real time    1.2400',
    ' eigenvalue-minimisations  :   640',
    ' total energy-change (2. order) :-0.1234567E-03  (-0.1234567E-03)',
    '  Free energy of the ion-electron system (eV)',
    '  ---------------------------------------------------',
    ...terms.map((term) => `  ${term} =      1234.56789012`),
    '  ---------------------------------------------------',
    `  free energy    TOTEN  = ${energy.toFixed(8).padStart(20)} eV`,
    '',
  ];
}

/** The vasprun.xml of the same run. */
export function vasprunOf(run: VaspRun): string {
  const vectors = (rows: readonly Row[]) =>
    rows.map((row) => `    <v> ${row.map((value) => value.toFixed(8).padStart(16)).join(' ')} </v>`);
  const varray = (name: string, rows: readonly Row[]) => [
    `   <varray name="${name}" >`,
    ...vectors(rows),
    '   </varray>',
  ];
  const basis: Row[] = [
    [edge, 0, 0],
    [0, edge, 0],
    [0, 0, edge],
  ];
  const structure = (positions: readonly Row[]) => [
    '  <crystal>',
    ...varray('basis', basis),
    `   <i name="volume"> ${edge ** 3} </i>`,
    '  </crystal>',
    ...varray('positions', positions),
  ];
  const energies = (energy: number) => [
    '  <energy>',
    `   <i name="e_fr_energy"> ${(energy - 0.01).toFixed(8)} </i>`,
    `   <i name="e_wo_entrp"> ${(energy + 0.01).toFixed(8)} </i>`,
    `   <i name="e_0_energy"> ${energy.toFixed(8)} </i>`,
    '  </energy>',
  ];
  const steps = Array.from(motion(run), ({ positions, forces, energy }, step) => [
    ...(step === 0 ? [' <structure name="initialpos" >', ...structure(positions), ' </structure>'] : []),
    ' <calculation>',
    ...Array.from({ length: iterations }, () => [
      ' <scstep>',
      '  <time name="dav">    1.23    1.24</time>',
      ...energies(energy),
      ' </scstep>',
    ]).flat(),
    ' <structure>',
    ...structure(positions),
    ' </structure>',
    ...varray('forces', forces),
    ...varray('stress', basis),
    ...energies(energy),
    ' </calculation>',
  ]);
  return [
    '<?xml version="1.0" encoding="ISO-8859-1"?>',
    '<modeling>',
    ' <kpoints>',
    ...['  <varray name="kpointlist" >', '   <v> 0.0 0.0 0.0 </v>', '  </varray>'],
    ...['  <varray name="weights" >', '   <v> 1.0 </v>', '  </varray>'],
    ' </kpoints>',
    ' <atominfo>',
    `  <atoms> ${run.atoms} </atoms>`,
    '  <types> 1 </types>',
    ...['  <array name="atoms" >', '   <field type="string">element</field>', '   <field type="int">atomtype</field>'],
    '   <set>',
    ...Array<string>(run.atoms).fill('    <rc><c>Cu</c><c>   1</c></rc>'),
    ...['   </set>', '  </array>', ' </atominfo>'],
    ...steps.flat(),
    '</modeling>',
    '',
  ].join('\n');
}
