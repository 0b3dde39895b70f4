import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Timed } from './comparison.js';

// The compiled benchmark runs from dist/test/bench; the Python files stay where they are written.
const peerFolder = fileURLToPath(new URL('../../../test/bench/peers/', import.meta.url));

/** A Python interpreter that can import `modules`; undefined where there is none. */
export function findPython(...modules: readonly string[]): string | undefined {
  const candidates = ['python3', '/usr/bin/python3', 'python'];
  return candidates.find(
    (python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`], { timeout: 60_000 }).status === 0,
  );
}

/** A Python program that waits for requests, so that it can be timed in turn with us. */
export interface Peer extends Disposable {
  /** @throws {Error} with the peer's message when it fails. */
  ask<Answer extends object>(request: { readonly do: string } & Record<string, unknown>): Promise<Answer>;
}

/** Starts `script` of the folder `peers`; `threads` limits what its libraries use. */
export function startPeer(python: string, script: string, threads: number): Peer {
  const limits = { OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}` };
  const child = spawn(python, ['-B', `${peerFolder}${script}`], { env: { ...process.env, ...limits } });
  const answers = answersOf(child);
  return {
    async ask<Answer extends object>(request: object) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${script} ended without an answer`);
      const answer = JSON.parse(value) as Answer | { error: string }; // the shape is the protocol of this pair of files
      if ('error' in answer) throw new Error(`${script}: ${answer.error}`);
      return answer;
    },
    [Symbol.dispose]: () => child.stdin.end(),
  };
}

/** A contender that asks the peer to time itself; the answer has `ms`. */
export function timedByPeer(peer: Peer, request: { readonly do: string } & Record<string, unknown>): Timed {
  return async () => (await peer.ask<{ ms: number }>(request)).ms;
}

function answersOf(child: ChildProcessWithoutNullStreams): AsyncIterator<string> {
  child.stderr.pipe(process.stderr);
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}
