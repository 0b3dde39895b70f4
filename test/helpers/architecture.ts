import { posix } from 'node:path';

/** A TypeScript file: its path from the root of the repository and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Ranks of the rooms; the first pattern that fits a path decides. */
const ranks: readonly (readonly [room: RegExp, rank: number])[] = [
  [/^src\/index\.ts$/, 7],
  [/^src\/cli\//, 7],
  [/^src\/tasks\//, 6],
  [/^src\/[^/]+\.ts$|^src\/(linalg|statistics|settings|threads|parallel|kernels)\//, 0],
  [/^src\/(structure|tensor|report)\//, 1],
  [/^src\/(neighbors|io|ipi|runtime|journal)\//, 2],
  [/^src\/models\//, 3],
  [/^calculators\//, 4],
  [/^(md|pretrain)\//, 5],
];

/** What stands in a room, folders and files: each imports only from itself and from those before it. */
export const flows: Readonly<Record<string, string>> = {
  'src/journal/':
    'state-file append-file checkpoint-file conclusion checkpoint-clock run-lock folder-lock same-run sealed-text journal work-plan work-folder',
  'pretrain/':
    'seeds balance config dataset sampling batch embedding step checkpoint assess collectives pretrain setup train measure-cost',
  'pretrain/dataset/':
    'sample coverage labels load check graphs prepare-head prepare-data describe-data prepared open-data',
  'src/io/':
    'bytes text safetensors element-of-label info-keys result-keys frame-index format torch sqlite ase npz lmdb hdf5 ' +
    'xyz cif vasp quantum-espresso cp2k sdf qmugs extxyz-format sdf-formats formats data-folder expand-files input-files open-indexed read-structures oc20 write-structures',
  'md/': 'state settings ensembles analysis relax start drift-meter run record',
  'src/tasks/':
    'context resume structures analysis md relax eos singlepoint screen evaluate train report compare plan-batches embed analyze data model serve',
  'src/cli/': 'output input analyze simulate screen data model train program main',
};

/** What only some files may import. */
const packageDoors: readonly (readonly [name: RegExp, door: RegExp])[] = [
  [/^onnxruntime-/, /^src\/runtime\//],
  [/^commander$/, /^src\/cli\//],
  [/^koffi$/, /^src\/parallel\//],
  [/^(node:)?process$/, /^src\/cli\/|^src\/process-identity\.ts$/],
  // Whole files are written by io/, those that grow with a run by journal/.
  [
    /^(node:)?fs(\/promises)?$/,
    /^src\/structure\/moyo-library\.ts$|^src\/(io|cli|tasks|journal)\/|^src\/process-identity\.ts$|^pretrain\/dataset\/|\/(checkpoint|restart)[^/]*$/,
  ],
];

/** What only some files may use; randomness comes from a seeded generator everywhere. */
const globalDoors: readonly (readonly [name: string, use: RegExp, door: RegExp])[] = [
  ['process', /\bprocess(\.[a-z]|\[)/, /^src\/cli\//],
  ['console', /\bconsole\.[a-z]/, /^src\/(cli\/|io\/hdf5\/hdf5-library\.ts$)/], // whose library would print itself
  ['Math.random', /\bMath\.random\b/, /^$/],
];

const longestFile = 400;

/** Rank of a file; undefined outside the rooms. */
export function rankOf(path: string): number | undefined {
  return ranks.find(([room]) => room.test(path))?.[1];
}

/** Everything in `files` that breaks a rule, one sentence each. */
export function checkArchitecture(files: readonly SourceFile[]): string[] {
  const modules = new Map(files.map((file) => [file.path, parseModule(file)]));
  const paths = new Set(modules.keys());
  return [
    ...[...modules.values()].flatMap((module) => [
      ...checkShape(module),
      ...checkDoors(module),
      ...checkImports(module, paths),
    ]),
    ...findCycles(modules),
  ];
}

interface Module extends SourceFile {
  /** The text without comments and quoted strings. */
  readonly code: string;
  /** Specifiers of all imports and re-exports. */
  readonly specifiers: readonly string[];
  /** Paths of the imported files of this repository. */
  readonly imports: readonly string[];
}

const commentOrString = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
const moduleStatement = /^(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"](?:\s+with\s+\{[^}]*\})?;?/gm;
const dynamicImport = /\bimport\(\s*['"]([^'"]+)['"]/g;

function parseModule({ path, text }: SourceFile): Module {
  const uncommented = text.replace(commentOrString, (token) => (/^\/[/*]/.test(token) ? '' : token));
  const specifiers = [moduleStatement, dynamicImport].flatMap((pattern) =>
    [...uncommented.matchAll(pattern)].map(([, specifier]) => specifier),
  );
  const imports = specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => resolve(path, specifier));
  const code = uncommented.replace(commentOrString, (token) => (token.startsWith('`') ? token : "''"));
  return { path, text, code, specifiers, imports };
}

function resolve(path: string, specifier: string): string {
  return `${posix.join(posix.dirname(path), specifier).replace(/\.js$/, '')}.ts`;
}

function* checkShape({ path, text, code }: Module): Generator<string> {
  if (rankOf(path) === undefined) yield `${path} is outside the rooms`;
  const lines = text.trimEnd().split('\n').length;
  if (lines > longestFile) yield `${path} has ${lines} lines; split it by concept (at most ${longestFile})`;
  if (/^export\s+default\b|\bas\s+default\b/m.test(code)) yield `${path} has a default export`;
  const reexports = /^export\b[^;{]*(\{[^}]*\}|\*)[^;]*\sfrom\s[^;]*;?/gm;
  const isBarrel = reexports.test(code) && code.replace(reexports, '').trim() === '';
  if (isBarrel && path !== 'src/index.ts') yield `${path} is a barrel file`;
}

function* checkDoors({ path, code, specifiers }: Module): Generator<string> {
  for (const specifier of specifiers) {
    const closed = packageDoors.find(([name, door]) => name.test(specifier) && !door.test(path));
    if (closed !== undefined) yield `${path} may not import ${specifier}`;
  }
  for (const [name, use, door] of globalDoors) {
    if (use.test(code) && !door.test(path)) yield `${path} may not use ${name}`;
  }
}

function* checkImports({ path, imports }: Module, paths: ReadonlySet<string>): Generator<string> {
  for (const imported of new Set(imports)) {
    const [own, other] = [rankOf(path), rankOf(imported)];
    if (!paths.has(imported)) {
      yield `${path} imports ${imported}, which is not there`;
    } else if (own !== undefined && other !== undefined && other > own) {
      yield `${path} (rank ${own}) imports ${imported} (rank ${other})`;
    } else if (inRoom(path, 'src/kernels') !== inRoom(imported, 'src/kernels')) {
      yield `${path} imports ${imported}: kernels are of another language`;
    } else if (
      (inRoom(path, 'md') && inRoom(imported, 'pretrain')) ||
      (inRoom(path, 'pretrain') && inRoom(imported, 'md'))
    ) {
      yield `${path} imports ${imported}: md and pretrain do not know each other`;
    } else {
      yield* checkFlow(path, imported);
    }
  }
}

function* checkFlow(path: string, imported: string): Generator<string> {
  for (const [room, list] of Object.entries(flows)) {
    if (!path.startsWith(room) || !imported.startsWith(room)) continue;
    const places = list.split(' ');
    const placeOf = (file: string) => places.indexOf(file.slice(room.length).split(/[/.]/)[0]);
    if (placeOf(path) < 0) yield `${path} has no place in the flow of ${room}`;
    else if (placeOf(imported) > placeOf(path)) yield `${path} imports ${imported}, which comes after it in ${room}`;
  }
}

function inRoom(path: string, room: string): boolean {
  return path.startsWith(`${room}/`);
}

/** Import cycles, each once, found by depth-first search. */
function findCycles(modules: ReadonlyMap<string, Module>): string[] {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`import cycle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || finished.has(path)) return;
    for (const imported of modules.get(path)?.imports ?? []) visit(imported, [...trail, path]);
    finished.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return cycles;
}
