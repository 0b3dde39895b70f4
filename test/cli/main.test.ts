import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { program, runCli, runProcess } from '../helpers/cli.js';

describe('lamm', () => {
  it('names its commands and loads none of them for --help', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of [
      'singlepoint',
      'relax',
      'md',
      'eos',
      'pretrain',
      'finetune',
      'plan-batches',
      'compare',
      'evaluate',
      'embed',
      'report',
      'data',
      'model',
      'analyze',
      'view',
      'serve',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    const heavy = /onnxruntime|mathjs|tfjs|node_modules\/(yaml|zod)|\/(calculators|md|pretrain)\/|\/command-/;
    const loaded = await loadedModules(['--help']);
    expect(loaded.filter((url) => url.includes('/src/cli/')).length).toBeGreaterThan(1);
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'says in one line when its results find no room, by exit code 2',
    async () => {
      const toFull = (stream: string, ...args: string[]) =>
        runProcess('sh', ['-c', `"$0" "$@" ${stream}/dev/full`, process.execPath, program, ...args]);
      const { exitCode, stderr } = await toFull('>', '--help');
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: 'error: the standard output: the disk is full; free some space or choose another path\n',
      });
      expect(await toFull('2>', 'data', 'info', 'missing.xyz')).toMatchObject({ exitCode: 2, stdout: '' });
    },
  );

  it.each(['serve', 'md', 'relax', 'screen'])('writes the help of %s in 80 columns', async (command) => {
    const { stdout } = await runCli([command, '--help']);
    const wide = stdout.split('\n').filter((line) => line.length > 80);
    const isWhole = (line: string) => line.startsWith('  lamm ') || !line.trim().includes(' '); // examples, and one word
    expect(wide.filter((line) => !isWhole(line))).toEqual([]);
  });

  it('has every command in the table of the README', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const commandsOf = async (...group: string[]) => {
      const { stdout } = await runCli([...group, '--help']);
      const [, list = ''] = stdout.split('Commands:\n');
      const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name);
      return names.filter((name) => name !== 'help').map((name) => [...group, name].join(' '));
    };
    const groups = ['data', 'model'];
    const alone = (await commandsOf()).filter((name) => !groups.includes(name));
    const commands = [...alone, ...(await Promise.all(groups.map((group) => commandsOf(group)))).flat()];
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((name) => !new RegExp(`^\\| \`lamm ${name}[ \`]`, 'm').test(readme))).toEqual([]);
  });

  it('shows the help on stderr with exit code 2 when nothing is asked', async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: lamm /);
  });

  it('says the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('is silent when the reader of its output goes away', async () => {
    const child = spawn(process.execPath, [program, 'md', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

/** URLs of all modules that a run of `lamm` loads. */
async function loadedModules(args: readonly string[]): Promise<string[]> {
  const hooks = `export async function load(url, context, next) { process._rawDebug('loaded ' + url); return next(url, context); }`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  const loader = `data:text/javascript,${encodeURIComponent(register)}`;
  const { stderr } = await runProcess(process.execPath, ['--import', loader, program, ...args]);
  return [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, url]) => url);
}
