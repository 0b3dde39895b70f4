import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkArchitecture, flows, rankOf, type SourceFile } from './helpers/architecture.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = ['src', 'calculators', 'md', 'pretrain'];

function readSources(): SourceFile[] {
  return rooms.flatMap((room) =>
    readdirSync(`${root}${room}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name.replaceAll('\\', '/')}`)
      .map((path) => ({ path, text: readFileSync(root + path, 'utf8') })),
  );
}

const sources = readSources();

describe('the sources', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.map(({ path }) => path)).toContain('src/structure/structure.ts');
  });

  it('keep ranks, doors and shapes', () => {
    expect(checkArchitecture(sources)).toEqual([]);
  });
});

describe('CONTRIBUTING', () => {
  const text = readFileSync(`${root}CONTRIBUTING.md`, 'utf8');

  it.each(Object.entries(flows).filter(([room]) => room !== 'src/io/'))('tells the way through %s', (room, flow) => {
    const told = text.split('\n').find((line) => line.startsWith(`${room} `) && !line.includes('('));
    expect(told?.slice(room.length).trim()).toBe(flow);
  });

  it('tells every room of the sources', () => {
    const told = new Set((/```\n(src\/[\s\S]*?)```/.exec(text)?.[1] ?? '').split(/[\s/]+/));
    const folders = sources.map(({ path }) => path.replace(/^src\//, '').split('/'));
    const named = new Set(folders.flatMap(([room, file]) => (file === undefined ? [] : [room])));
    expect([...named].filter((room) => !told.has(room))).toEqual([]);
  });
});

/** Names at the top level, without what git ignores. */
function readTopLevel(): string[] {
  const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return [...new Set(paths.split('\n').map((path) => path.split('/')[0]))].filter((name) => name !== '');
}

describe('the top level', () => {
  it('holds the rooms, the documents and settings, nothing else', ({ skip }) => {
    if (!existsSync(`${root}.git`)) skip('this is no git checkout');
    const folders = [...rooms, 'test', 'examples'];
    const files = ['package.json', 'package-lock.json', 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE'];
    const settings = /^(\..+|(tsconfig|biome)(\..+)?\.json|vitest\.config\.ts)$/;
    const strange = readTopLevel().filter(
      (name) => !folders.includes(name) && !files.includes(name) && !settings.test(name),
    );
    expect(strange).toEqual([]);
  });
});

describe('the checker of the architecture', () => {
  const violationsOf = (...files: [path: string, text: string][]) =>
    checkArchitecture(files.map(([path, text]) => ({ path, text })));

  it('knows the rank of every room', () => {
    expect(
      [
        'src/units.ts',
        'src/linalg/matrix3.ts',
        'src/structure/cell.ts',
        'src/tensor/node.ts',
        'src/io/extxyz.ts',
        'src/models/painn/edges.ts',
        'calculators/emt.ts',
        'md/run.ts',
        'pretrain/dataset/sample/sample.ts',
        'src/tasks/screen/run.ts',
        'src/cli/main.ts',
        'src/index.ts',
      ].map(rankOf),
    ).toEqual([0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7]);
    expect(rankOf('src/unheard-of/file.ts')).toBeUndefined();
  });

  it('accepts imports of the same or a lower rank, and packages', () => {
    expect(
      violationsOf(
        [
          'md/run.ts',
          "import { fs } from '../src/units.js';\nimport { drift } from './drift.js';\nimport { z } from 'zod';",
        ],
        ['md/drift.ts', 'export const drift = 1;'],
        ['src/units.ts', 'export const fs = 1;'],
      ),
    ).toEqual([]);
  });

  it.each<[why: string, message: RegExp, files: [string, string][]]>([
    [
      'an import of a higher rank',
      /src\/units\.ts .*rank 0.*md\/run\.ts.*rank 5/,
      [
        ['src/units.ts', "import { runMd } from '../md/run.js';"],
        ['md/run.ts', ''],
      ],
    ],
    [
      'a type import of a higher rank',
      /rank 1.*rank 4/,
      [
        ['src/structure/cell.ts', "import type { Calculator } from '../../calculators/calculator.js';"],
        ['calculators/calculator.ts', ''],
      ],
    ],
    [
      'a dynamic import of a higher rank',
      /rank 2.*rank 3/,
      [
        ['src/io/cif.ts', "const m = await import('../models/network.js');"],
        ['src/models/network.ts', ''],
      ],
    ],
    [
      'md that imports pretrain',
      /md\/run\.ts .*pretrain\/loss\.ts/,
      [
        ['md/run.ts', "import { loss } from '../pretrain/loss.js';"],
        ['pretrain/loss.ts', ''],
      ],
    ],
    [
      'pretrain that imports md',
      /pretrain\/loss\.ts .*md\/run\.ts/,
      [
        ['pretrain/loss.ts', "import {\n  runMd,\n} from '../md/run.js';"],
        ['md/run.ts', ''],
      ],
    ],
    [
      'an import against the flow of a room',
      /pretrain\/dataset\/graphs\.ts imports pretrain\/step\/loss\.ts, which comes after it in pretrain\//,
      [
        ['pretrain/dataset/graphs.ts', "import { loss } from '../step/loss.js';"],
        ['pretrain/step/loss.ts', ''],
      ],
    ],
    [
      'an import against the flow of a folder',
      /pretrain\/dataset\/sample\/sample\.ts .* comes after it in pretrain\/dataset\//,
      [
        ['pretrain/dataset/sample/sample.ts', "import { split } from '../load/split.js';"],
        ['pretrain/dataset/load/split.ts', ''],
      ],
    ],
    [
      'a folder that is not in the flow',
      /pretrain\/utils\/all\.ts has no place in the flow of pretrain\//,
      [
        ['pretrain/utils/all.ts', "import { mixSeed } from '../seeds.js';"],
        ['pretrain/seeds.ts', ''],
      ],
    ],
    [
      'a kernel that is imported as TypeScript',
      /src\/models\/a\.ts imports src\/kernels\/b\.ts: kernels are of another language/,
      [
        ['src/models/a.ts', "import { b } from '../kernels/b.js';"],
        ['src/kernels/b.ts', "import { c } from './c';"],
        ['src/kernels/c.ts', ''],
      ],
    ],
    ['a file outside the rooms', /src\/utils\/all\.ts/, [['src/utils/all.ts', '']]],
    [
      'an import of a file that is not there',
      /src\/units\.ts .*src\/nothing\.ts/,
      [['src/units.ts', "import './nothing.js';"]],
    ],
    [
      'an import cycle',
      /cycle: src\/neighbors\/a\.ts -> src\/neighbors\/b\.ts -> src\/neighbors\/a\.ts/,
      [
        ['src/neighbors/a.ts', "import { b } from './b.js';"],
        ['src/neighbors/b.ts', "import { a } from './a.js';"],
      ],
    ],
    [
      'ONNX Runtime outside the runtime',
      /src\/models\/a\.ts .*onnxruntime-node/,
      [['src/models/a.ts', "import * as ort from 'onnxruntime-node';"]],
    ],
    [
      'commander outside the command line',
      /md\/run\.ts .*commander/,
      [['md/run.ts', "import type { Command } from 'commander';"]],
    ],
    [
      'files opened outside the doors',
      /md\/run\.ts .*node:fs/,
      [['md/run.ts', "import { writeFile } from 'node:fs/promises';"]],
    ],
    [
      'process outside the command line',
      /src\/neighbors\/a\.ts .*process/,
      [['src/neighbors/a.ts', 'export const folder = process.cwd();']],
    ],
    ['a library that prints', /src\/neighbors\/a\.ts .*console/, [['src/neighbors/a.ts', "console.log('read');"]]],
    [
      'randomness without a seed',
      /md\/a\.ts .*Math\.random/,
      [['md/a.ts', 'export const noise = () => Math.random();']],
    ],
    ['a default export', /src\/neighbors\/a\.ts .*default/, [['src/neighbors/a.ts', 'export default 1;']]],
    [
      'a barrel file',
      /src\/neighbors\/index\.ts .*barrel/,
      [
        ['src/neighbors/index.ts', "export { a } from './a.js';\nexport { b } from './b.js';"],
        ['src/neighbors/a.ts', ''],
        ['src/neighbors/b.ts', ''],
      ],
    ],
    [
      'a file of more than 400 lines',
      /src\/neighbors\/a\.ts .*401 lines/,
      [['src/neighbors/a.ts', 'let a;\n'.repeat(401)]],
    ],
  ])('sees %s', (_, message, files) => {
    expect(violationsOf(...files)).toEqual([expect.stringMatching(message)]);
  });

  it('is not misled by comments and texts', () => {
    expect(
      violationsOf(
        [
          'md/run.ts',
          "// process.exit, Math.random()\n/** import { a } from 'commander'; */\nconst text = 'a process (console.log)';",
        ],
        ['src/cli/main.ts', "import { Command } from 'commander';\nprocess.exitCode = 2;"],
        ['md/checkpoint.ts', "import { readFile } from 'node:fs/promises';"],
        ['src/index.ts', "export { runMd } from '../md/run.js';"],
      ),
    ).toEqual([]);
  });
});
