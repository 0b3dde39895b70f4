import { expect, it, vi } from 'vitest';
import type { CalculationResult, Calculator } from '../../../calculators/calculator.js';
import { createModelCalculator } from '../../../calculators/model-calculator.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { mdFiles, recordUntil } from '../../helpers/recording.js';

vi.setConfig({ testTimeout: 600_000 }); // a model on a busy machine

const inFolder = useFolder('test');

it('judges the results of the steps, so that the network is asked once a step, and once more after a restart', async () => {
  await using model = createModelCalculator({ model: 'lamm-s-joint', threads: 1 });
  const given: CalculationResult[] = [];
  const judged: object[] = [];
  const calculator: Calculator = {
    ...{ name: model.name, capabilities: model.capabilities },
    async calculate(system) {
      const result = await model.calculate(system);
      given.push(result);
      return result;
    },
    uncertaintyOf(system, result) {
      judged.push(result);
      return model.uncertaintyOf(system, result);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const options = {
    ...{
      md: { steps: 6, ensemble: 'bussi', seed: 5 } as const,
      files: mdFiles(inFolder('.'), 'cu'),
      checkpointEvery: 2,
    },
    settings: { origin: {}, trajectoryEvery: 4, logEvery: 2, watch: { every: 2 } },
  };
  await recordUntil(rattledCopper(1), calculator, { ...options, stopAt: 4 });
  expect(judged).toEqual([0, 2, 4].map((step) => given[step]));
  expect(given).toHaveLength(5);
  await recordUntil(rattledCopper(1), calculator, { ...options, resume: true });
  expect(given).toHaveLength(5 + 1 + 2);
  expect(judged.slice(3)).toEqual([given[5], given[7]]);
});
