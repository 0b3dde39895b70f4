import { describe, expect, it } from 'vitest';
import { parseMetrics } from '../../../pretrain/assess/metrics-file.js';

const training = (step: number, more: object = {}) => ({
  kind: 'training',
  step,
  epoch: 0,
  learningRate: 1e-3,
  loss: 1 / step,
  energyLoss: 0.5,
  forceLoss: 0.25,
  stressLoss: 0,
  gradientNorm: 3,
  structures: 8,
  atoms: 80,
  seconds: 2,
  ...more,
});
const validation = (step: number, more: object = {}) => ({
  kind: 'validation',
  step,
  epoch: 0,
  loss: 2 / step,
  improved: true,
  energyMaeMeVPerAtom: 7,
  files: { 'a.xyz': { energyMaeMeVPerAtom: 5 } },
  ...more,
});
const textOf = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const stepsOf = (records: readonly { readonly step: number }[]) => records.map(({ step }) => step);

describe('the metrics of a training', () => {
  it('are read with the parts of the time and the errors of subsets, or of files where there are none', () => {
    const parts = { graphsSeconds: 0.5, computeSeconds: 1.5 };
    const subsets = { joined: { loss: 1, energyMaeMeVPerAtom: 6 } };
    const metrics = parseMetrics(textOf(training(10, parts), validation(10), validation(20, { subsets })));
    expect(metrics.remarks).toEqual([]);
    expect(metrics.training).toMatchObject([{ step: 10, atoms: 80, parts: { graphs: 0.5, compute: 1.5 } }]);
    expect(metrics.validation).toMatchObject([
      { step: 10, total: { energyMaeMeVPerAtom: 7 }, subsets: { 'a.xyz': { energyMaeMeVPerAtom: 5 } } },
      { step: 20, subsets },
    ]);
    expect(Object.keys(metrics.validation[1].subsets)).toEqual(['joined']);
  });

  it('end with the errors of the model, of the last end where there were several', () => {
    const result = (set: string, energyMaeMeVPerAtom: number, step = 20) => ({
      ...{ kind: 'result', step, parametersOfStep: 10, set, measured: 8, count: 9, loss: 3, energyMaeMeVPerAtom },
      files: { 'a.xyz': { energyMaeMeVPerAtom: 5 } },
    });
    const ends = [training(10), validation(20), result('train', 1), result('test', 2)];
    const { results, remarks } = parseMetrics(textOf(...ends, result('test', 3)));
    expect(results.map(({ set, total }) => [set, total])).toEqual([
      ['train', { energyMaeMeVPerAtom: 1 }],
      ['test', { energyMaeMeVPerAtom: 3 }],
    ]);
    expect(results[0]).toMatchObject({ step: 20, parametersOfStep: 10, measured: 8, count: 9, loss: 3 });
    expect(results[0].files).toEqual({ 'a.xyz': { energyMaeMeVPerAtom: 5 } });
    expect(remarks).toEqual([]);
    expect(parseMetrics(textOf(...ends, training(30))).results).toEqual([]);
    const { kind, set, ...bad } = result('test', 2);
    expect(() => parseMetrics(textOf({ kind, ...bad }))).toThrow(
      /: expected string.*; this is no metrics file of a training/,
    );
    expect(() => parseMetrics('1\n')).toThrow(/^Invalid input[^✖]*; this is no metrics file of a training/);
  });

  it.each([1, 20, 100])('of a killed training are read but for the last line, cut by %d characters', (cut) => {
    const text = textOf(training(10), training(20));
    const metrics = parseMetrics(text.slice(0, -1 - cut));
    expect(stepsOf(metrics.training)).toEqual([10]);
    expect(metrics.remarks).toEqual([expect.stringContaining('cut')]);
    expect(stepsOf(parseMetrics(text.slice(0, -1)).training)).toEqual([10, 20]);
  });

  it('of a resumed training count the later records of a step', () => {
    const metrics = parseMetrics(
      textOf(
        training(10),
        training(20),
        validation(20),
        training(30),
        training(20, { loss: 9 }),
        validation(20, { loss: 8 }),
      ),
    );
    expect(metrics.training.map(({ step, loss }) => [step, loss])).toEqual([
      [10, 0.1],
      [20, 9],
    ]);
    expect(metrics.validation.map(({ step, loss }) => [step, loss])).toEqual([[20, 8]]);
    expect(metrics.remarks).toEqual([expect.stringContaining('3 records')]);
  });

  it('keep a loss that is no number, and leave out records of other kinds', () => {
    const metrics = parseMetrics(textOf({ kind: 'weather', rain: true }, training(10, { loss: Number.NaN })));
    expect(metrics.training[0].loss).toBeNaN();
  });

  it.each([
    ['a line that is no JSON', `${textOf(training(10))}what\n${textOf(training(20))}`, 2],
    ['a record without a step', textOf(training(10), training(20), { ...training(30), step: undefined }), 3],
    ['a number', '17\n', 1],
  ])('refuse %s, by file and line', (_, text, line) => {
    expect(() => parseMetrics(text, { file: 'run/metrics.jsonl' })).toThrow(
      expect.objectContaining({ code: 'format', message: expect.stringContaining(`run/metrics.jsonl:${line}: `) }),
    );
  });
});
