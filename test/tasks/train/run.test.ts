import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { TrainEvent } from '../../../pretrain/train.js';
import { loadModel } from '../../../src/models/load-model.js';
import {
  runFinetuneTask,
  runPretrainTask,
  type TrainContext,
  type TrainOutcome,
} from '../../../src/tasks/train/run.js';
import type { FinetuneTaskSettings, PretrainTaskSettings } from '../../../src/tasks/train/schema.js';
import { createProject } from '../../helpers/spring-project.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // trainings on a busy machine

/** A small training as a file, and its folder. */
function writeProject() {
  const { directory, text } = createProject();
  const config = join(directory, 'config.yaml');
  writeFileSync(config, text);
  return { directory, config };
}

/** Runs a task as a program would: the kinds of what it yields, and what it returns. */
async function follow(task: AsyncGenerator<TrainEvent, TrainOutcome, void>) {
  const kinds = new Set<string>();
  let next = await task.next();
  for (; !next.done; next = await task.next()) kinds.add(next.value.kind);
  return { kinds, outcome: next.value };
}

const pretrain = (given: PretrainTaskSettings, context?: TrainContext) => follow(runPretrainTask(given, context));

describe('a training that a program asks for', () => {
  it('yields its course, writes model and page into its folder, and goes on from where it was stopped', async () => {
    const { directory, config } = writeProject();
    const atOnce = await pretrain({ config }, { shouldStop: async () => true });
    expect(atOnce.outcome.trained.progress.step).toBe(0);
    expect(atOnce.outcome.written).toBeUndefined();
    let steps = 0;
    const stopped = await pretrain({ config, resume: true }, { shouldStop: async () => ++steps > 3 });
    expect(stopped.outcome.trained).toMatchObject({ completed: false, progress: { step: 3 } });
    const { kinds, outcome } = await pretrain({ config, resume: true, set: ['card.name=springs'] });
    expect([...kinds]).toEqual(expect.arrayContaining(['data', 'start', 'step', 'validation']));
    expect(outcome).toMatchObject({ out: join(directory, 'run'), trained: { completed: true } });
    const { model, report, errors } = outcome.written ?? {};
    expect(report).toBe(join(directory, 'run/report.html'));
    expect(loadModel(model ?? '').card).toMatchObject({
      name: 'springs',
      notes: expect.arrayContaining([errors?.split('\n')[0]]),
    });
  });

  it('adapts the model of another one', async () => {
    const { directory, config } = writeProject();
    const { outcome } = await pretrain({ config });
    const given: FinetuneTaskSettings = {
      ...{ model: outcome.written?.model, data: [join(directory, 'train.extxyz')], out: join(directory, 'own') },
      set: ['training.length=1epoch'],
    };
    const adapted = await follow(runFinetuneTask(given));
    expect(adapted.outcome.trained).toMatchObject({ completed: true, progress: { epoch: 1 } });
    expect(existsSync(join(directory, 'own/model.safetensors'))).toBe(true);
  });

  it.each<[given: object, message: RegExp]>([
    [{}, /`config`: expected the YAML file of a training, found nothing/],
    [{ config: 'a.yaml', resumed: true }, /did you mean `resume`\?/],
    [{ config: 'nowhere.yaml' }, /nowhere\.yaml: .*no such file/],
  ])('refuses %j', async (given, message) => {
    await expect(pretrain(given)).rejects.toThrow(message);
  });
});
