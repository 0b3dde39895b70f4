import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  listCheckpoints,
  lockRunFolder,
  openRunFolder,
  readCheckpoint,
  readNewestCheckpoint,
} from '../../../pretrain/checkpoint/checkpoint-files.js';
import {
  assertSameRun,
  formatCheckpoint,
  parseCheckpoint,
  type RunIdentity,
} from '../../../pretrain/checkpoint/training-checkpoint.js';
import { createTrainingState } from '../../../pretrain/step/training-state.js';
import { formatSafetensors } from '../../../src/io/safetensors.js';

const identity: RunIdentity = {
  layout: ['w [2,3]', 'b [1]'],
  settings: {
    'model.channels': 8,
    'training.learningRate': 1e-3,
    'training.seed': 1,
    'training.threads': 2,
    'data.train': ['a'],
    out: 'x',
  },
  data: 'abc',
};

function state(amsgrad = false) {
  const created = createTrainingState(Float32Array.of(1.5, -2, Math.PI, 0, 1e-30, 4, 5), { amsgrad });
  created.average[0] = 7;
  created.optimizer.firstMoment[1] = -0.1;
  created.optimizer.secondMoment[2] = 0.2;
  created.optimizer.stepCount = 12;
  created.best = Float32Array.of(1, 2, 3, 4, 5, 6, 7);
  created.progress = {
    ...created.progress,
    step: 12,
    epoch: 1,
    epochStarts: [0, 8],
    parts: [
      { batchesPerStep: 2, steps: 3 },
      { batchesPerStep: 4, steps: 1 },
    ],
    best: { step: 10, loss: 0.1 + 0.2 },
    waited: 2,
    plateau: { reductions: 1, waited: 2 },
  };
  return created;
}

describe('checkpoint', () => {
  it.each([false, true])('comes back bit for bit (amsgrad %s)', (amsgrad) => {
    const checkpoint = { identity, state: state(amsgrad), metricsBytes: 321 };
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
  });

  it('of before there were teachers goes on as it was', () => {
    const old = state();
    const { atomEnergies: _, ...terms } = old.progress.recent.terms;
    const recent = { ...old.progress.recent, terms: terms as typeof old.progress.recent.terms }; // without the last
    const bytes = formatCheckpoint({
      identity,
      state: { ...old, progress: { ...old.progress, recent } },
      metricsBytes: 0,
    });
    expect(parseCheckpoint(bytes).state).toEqual(old);
    const settings = { ...identity.settings, 'training.atomEnergyWeight': 1 };
    expect(assertSameRun(identity, { ...identity, settings })).toEqual([]);
  });

  it('is not confused with another safetensors file', () => {
    const bytes = formatSafetensors([['parameters', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]);
    expect(() => parseCheckpoint(bytes, { file: 'm.safetensors' })).toThrow(
      /m\.safetensors: expected a training checkpoint, found a file that is damaged or of another kind/,
    );
  });

  it('is refused when it is cut short, or any bit of it is flipped', () => {
    const bytes = formatCheckpoint({ identity, state: state(), metricsBytes: 0 });
    const refused = expect.objectContaining({ code: 'checkpoint', message: expect.stringContaining('c: ') });
    expect(() => parseCheckpoint(bytes.subarray(0, bytes.length - 5), { file: 'c' })).toThrow(refused);
    for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => parseCheckpoint(flipped, { file: 'c' })).toThrow(refused);
    }
  });

  it('of an earlier version is refused by name', () => {
    const tensor = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
    const bytes = formatSafetensors([['parameters', tensor]], { lamm_checkpoint: '{"version":3}' });
    expect(() => parseCheckpoint(bytes, { file: 'c' })).toThrow(/an earlier version of this program/);
  });

  it('takes up with the same run, and with another number of threads or place of the files', () => {
    expect(assertSameRun(identity, identity)).toEqual([]);
    const moved = {
      ...identity,
      settings: { ...identity.settings, 'training.threads': 1, 'data.train': ['b'], out: 'y' },
    };
    expect(assertSameRun(identity, moved)).toEqual([]);
  });

  it('belongs to the same run where a setting is new and says what was so before it', () => {
    const today = (repulsionFloor: number) => ({
      ...identity,
      settings: { ...identity.settings, 'model.repulsionFloor': repulsionFloor },
    });
    expect(assertSameRun(identity, today(0))).toEqual([]);
    expect(() => assertSameRun(identity, today(0.7))).toThrow('model.repulsionFloor was 0 and is now 0.7');
  });

  it('reports settings that may change', () => {
    const changed = { ...identity, settings: { ...identity.settings, 'training.learningRate': 1e-4 } };
    expect(assertSameRun(identity, changed)).toEqual(['training.learningRate: 0.001 -> 0.0001']);
  });

  it.each([
    [
      { settings: { ...identity.settings, 'model.channels': 16 } },
      /belongs to another run: model\.channels was 8 and is now 16/,
    ],
    [{ settings: { ...identity.settings, 'training.seed': 2 } }, /training\.seed was 1 and is now 2/],
    [{ layout: ['w [2,4]', 'b [1]'] }, /expected the parameter w \[2,4\], found w \[2,3\]/],
    [{ layout: ['w [2,3]'] }, /expected the parameter list to end, found b \[1\]/],
    [{ data: 'abd' }, /samples have changed/],
  ])('is refused by another run', (difference, message) => {
    expect(() => assertSameRun(identity, { ...identity, ...difference }, { file: 'c' })).toThrow(message);
  });
});

describe('openRunFolder', () => {
  it('lists checkpoints by step and keeps the last two', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lamm-checkpoint-'));
    await using folder = await openRunFolder(path);
    for (const step of [9, 100, 20]) {
      const current = state();
      await folder.saveCheckpoint({ identity, state: { ...current, progress: { ...current.progress, step } } });
    }
    expect(listCheckpoints(path).map((file) => readCheckpoint(file).state.progress.step)).toEqual([20, 100]);
    await using _again = await openRunFolder(path, { replace: true });
    expect(listCheckpoints(path)).toEqual([]);
  });

  it('leaves a damaged newest checkpoint for the one before it, and says so', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lamm-checkpoint-'));
    await using folder = await openRunFolder(path);
    for (const step of [10, 20]) {
      const current = state();
      await folder.saveCheckpoint({ identity, state: { ...current, progress: { ...current.progress, step } } });
    }
    const [before, last] = listCheckpoints(path);
    const bytes = readFileSync(last);
    bytes[bytes.length - 40] ^= 1;
    writeFileSync(last, bytes);
    expect(readNewestCheckpoint(path)).toMatchObject({
      file: before,
      checkpoint: { state: { progress: { step: 10 } } },
      notices: [expect.stringMatching(/00000020\.safetensors: .*damaged.*the checkpoint before it is used/)],
    });
    await using _resumed = await openRunFolder(path, { from: readCheckpoint(before) });
    expect(readdirSync(path).sort()).toEqual(['checkpoint-00000010.safetensors', 'metrics.jsonl']);
    writeFileSync(before, bytes);
    expect(() => readNewestCheckpoint(path)).toThrow(/00000010\.safetensors: .*damaged/);
  });

  it('is locked against a second process', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'lamm-checkpoint-')), 'run');
    await using _lock = await lockRunFolder(path, () => undefined);
    await expect(lockRunFolder(path, () => undefined)).rejects.toMatchObject({ code: 'locked' });
  });

  it('refuses metrics that lack what the checkpoint counts on', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lamm-checkpoint-'));
    writeFileSync(join(path, 'metrics.jsonl'), '{}\n');
    await expect(openRunFolder(path, { from: { identity, state: state(), metricsBytes: 10 } })).rejects.toThrow(
      /metrics\.jsonl: expected at least the 10 bytes that the checkpoint knows, found 3/,
    );
  });

  it('refuses a checkpoint while somebody else writes into the metrics', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lamm-checkpoint-'));
    await using folder = await openRunFolder(path);
    await folder.appendMetrics({ step: 1 });
    appendFileSync(join(path, 'metrics.jsonl'), '{}\n');
    await expect(folder.saveCheckpoint({ identity, state: state() })).rejects.toThrow(
      /metrics\.jsonl: expected the 11 bytes that this run has written, found 14/,
    );
    expect(listCheckpoints(path)).toEqual([]);
  });

  it('names a folder that cannot be made', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'lamm-checkpoint-')), 'file');
    writeFileSync(path, '');
    await expect(openRunFolder(join(path, 'run'))).rejects.toThrow(/a part of the path is a file/);
  });
});
