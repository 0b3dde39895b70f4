import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCli } from '../../helpers/cli.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');
const crystal = (length: number) =>
  `4\nLattice="${length} 0 0 0 ${length} 0 0 0 ${length}" Properties=species:S:1:pos:R:3\nCu 0 0 0\n${[
    [1, 1, 0],
    [1, 0, 1],
    [0, 1, 1],
  ]
    .map((row) => `Cu ${row.map((value) => (value * length) / 2).join(' ')}`)
    .join('\n')}\n`;

/** Runs with less memory than what is asked for would take. */
function lamm(text: string, args: string) {
  writeFileSync(inFolder('a.xyz'), text);
  return runCli(args.split(' '), { cwd: inFolder('.') });
}

it.each([
  ['a supercell of 4 billion atoms', crystal(3.6), 'md a.xyz -c emt --steps 1 --supercell 1e9,1,1', /supercell/],
  ['one of 108 million', crystal(3.6), 'md a.xyz -c emt --steps 1 --supercell 300,300,300', /supercell/],
  [
    'a cutoff of a micrometre',
    crystal(3.6),
    'singlepoint a.xyz -c lj:cutoff=1e4',
    /would need about .* shorter cutoff/,
  ],
  ['a cell of 0.1 A', crystal(0.1), 'singlepoint a.xyz -c emt', /A\^3 for each of its 4 atoms/],
  ['a cell of 0.1 A with a network', crystal(0.1), 'singlepoint a.xyz', /A\^3 for each of its 4 atoms|on top of|apart/],
  ['bins without end', crystal(3.6), 'md a.xyz -c emt --steps 1 --analyze rdf:cutoff=1e9A', /at most 1000000 bins/],
  [
    'a window without end',
    crystal(3.6),
    'md a.xyz -c emt --steps 1 --analyze vacf:window=1000000000',
    /would need about/,
  ],
])('%s is refused with what it would need, before it is allocated', async (_, text, args, message) => {
  const { exitCode, stderr } = await lamm(text, args);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n').at(-1)).toMatch(/^error: /);
  expect(exitCode).toBe(2);
});

it('a cell that collapses ends a relaxation as it ends a simulation', async () => {
  const { exitCode, stderr } = await lamm(crystal(3.6), 'relax a.xyz -c emt --cell --pressure 1e6GPa --max-steps 500');
  expect(stderr).toMatch(/error: .*(dense|broke down)/);
  expect(exitCode).toBe(4);
});
