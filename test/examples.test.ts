import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, runProcess } from './helpers/cli.js';

const examples = fileURLToPath(new URL('../examples/', import.meta.url));

/** For every example: arguments that make it small, a piece of what it must print, and files that it must leave. */
const expectations: Readonly<Record<string, { args?: string[]; prints: RegExp; files?: string[] }>> = {
  '01-demo.mjs': {
    args: ['20', '1,1,1'],
    prints: /copper +4 [\s\S]*energy drift +-?\d+\.\d+ meV\/atom\/ps/,
    files: ['runs/demo/crystals.extxyz', 'runs/demo/copper.extxyz'],
  },
  '02-energy-and-forces.mjs': { prints: /11\.810 +-?0\.\d{5} +-?\d+\.\d\d\n/ },
  '03-relax.mjs': { prints: /\nconverged after \d+ steps\n/, files: ['argon-relaxed.extxyz'] },
  '04-molecular-dynamics.mjs': { args: ['20'], prints: /20 steps at \d+ steps\/s, \d+ K on average\n/ },
  '05-neighbors.mjs': { prints: /Si-O: 4 neighbours at 1\.609 A on average\nO-Si: 2 neighbours/ },
  '06-command-line.sh': {
    args: ['20'],
    prints: /quartz\.cif[\s\S]*20 steps \(10 of them now\)[\s\S]*going on from step 10/,
    files: ['copper-energy.extxyz', 'argon.cif', 'copper-md.extxyz', 'copper-md.csv', 'copper-md.checkpoint'],
  },
  '07-train.sh': {
    args: ['20', '2'],
    prints: /copper-600K\.extxyz +21 +\d+\.\d+[\s\S]*parameters +\d/,
    files: ['copper-model/model.safetensors', 'copper-relaxed.cif'],
  },
  '08-plan-batches.sh': {
    args: ['50000'],
    prints: /lamm +99\.\d % [\s\S]*"strategy":"lamm","efficiency":0\.9/,
    files: ['loads.svg'],
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-examples-'));
  // The command `lamm` as an installation would put it on the path.
  writeFileSync(join(folder, 'lamm'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(folder, 'lamm'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the examples', () => {
  it('are numbered, and each is run here', () => {
    const scripts = readdirSync(examples).filter((name) => /\.(mjs|sh)$/.test(name));
    expect(scripts.sort()).toEqual(Object.keys(expectations));
    scripts.forEach((name, index) => {
      expect(name.startsWith(`${String(index + 1).padStart(2, '0')}-`), name).toBe(true);
    });
  });

  it.each(Object.entries(expectations))('%s runs', async (name, { args = [], prints, files = [] }) => {
    const command = name.endsWith('.sh') ? 'sh' : process.execPath;
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}` };
    const { exitCode, stdout, stderr } = await runProcess(command, [join(examples, name), ...args], {
      cwd: folder,
      env,
    });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout + stderr).toMatch(prints);
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });

  it('ship with every structure that they read', () => {
    const texts = Object.keys(expectations).map((name) => readFileSync(join(examples, name), 'utf8'));
    const used = texts.flatMap((text) => [...text.matchAll(/structures\/([\w-]+\.\w+)/g)].map(([, name]) => name));
    const present = readdirSync(join(examples, 'structures'));
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !present.includes(name))).toEqual([]);
  });
});
