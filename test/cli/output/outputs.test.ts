import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/cli.js';
import { useFolder } from '../../helpers/folder.js';

const copper =
  '4\nLattice="3.6 0 0 0 3.6 0 0 0 3.6" Properties=species:S:1:pos:R:3\nCu 0 0 0\nCu 1.8 1.8 0\nCu 1.8 0 1.8\nCu 0 1.8 1.8\n';
const inFolder = useFolder('test');

function lamm(...args: string[]) {
  writeFileSync(inFolder('copper.xyz'), copper);
  return runCli(args, { cwd: inFolder('.') });
}

const md = ['md', 'copper.xyz', '--calculator', 'emt', '--steps', '3', '--log-every', '1'];

describe('outputs of one command', () => {
  it.each([
    ['--trajectory and --log', [...md, '--trajectory', 'a.extxyz', '--log', 'a.extxyz']],
    ['--log and --checkpoint', [...md, '--trajectory', 'a.extxyz', '--log', 'b', '--checkpoint', './b']],
    ['--trajectory and --out', [...md, '--trajectory', 'a.extxyz', '--out', 'a.extxyz']],
    ['--out and --trajectory', ['relax', 'copper.xyz', '-c', 'emt', '--trajectory', 'a.extxyz', '--out', 'a.extxyz']],
  ])('that have one name are refused: %s', async (options, args) => {
    const { exitCode, stderr } = await lamm(...args);
    expect(stderr).toContain(`${options} name the same file`);
    expect(exitCode).toBe(2);
    expect(readdirSync(inFolder('.'))).toEqual(['copper.xyz']);
  });

  it('may all be devices and links, which stay what they are', async () => {
    symlinkSync('target.extxyz', inFolder('link.extxyz'));
    const files = ['--trajectory', 'link.extxyz', '--log', '/dev/null', '--force'];
    const { exitCode, stderr } = await lamm(...md, ...files);
    expect(stderr).not.toContain('error');
    expect(exitCode).toBe(0);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync(inFolder('link.extxyz')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inFolder('target.extxyz'), 'utf8')).toMatch(/^4\n/);
  });

  it.skipIf(process.platform !== 'linux')('may be a named pipe, which is written and stays', async () => {
    execFileSync('mkfifo', [inFolder('pipe')]);
    const [{ exitCode }, log] = await Promise.all([
      lamm(...md, '--log', 'pipe', '--force'),
      readFile(inFolder('pipe'), 'utf8'),
    ]);
    expect(exitCode).toBe(0);
    expect(log.split('\n')).toHaveLength(6);
    expect(lstatSync(inFolder('pipe')).isFIFO()).toBe(true);
  });

  it.each(['.', '/dev/null'])('that cannot hold a checkpoint are refused and stay: %s', async (checkpoint) => {
    const { exitCode, stderr } = await lamm(...md, '--checkpoint', checkpoint, '--force');
    expect(stderr).toMatch(/^error: .*(folder|device)/m);
    expect(exitCode).toBe(2);
    expect(readdirSync(inFolder('.'))).toEqual(['copper.xyz']);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
