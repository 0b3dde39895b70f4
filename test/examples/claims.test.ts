import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isPace } from '../../pretrain/assess/compare.js';
import { errorRecord } from '../../pretrain/assess/error-sums.js';
import { parseCompareConfig } from '../../pretrain/config/compare-config.js';
import { subsetsOf } from '../../pretrain/config/data-config.js';
import { flattenConfig, type PretrainConfig, parsePretrainConfig } from '../../pretrain/config/pretrain-config.js';
import { sharedPath } from '../helpers/shared.js';

const folder = fileURLToPath(new URL('../../examples/claims/', import.meta.url));
const repository = resolve(folder, '../..');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const readClaim = (name: string) => readFileSync(join(folder, name), 'utf8');
const claims = names
  .filter((name) => !name.endsWith('.training.yaml'))
  .map((name) => [name, parseCompareConfig(readClaim(name), { file: name })] as const);

/** The trainings of a comparison, by the name of the variant. */
function trainingsOf([, { base, variants, seeds }]: (typeof claims)[number]): Map<string, PretrainConfig> {
  const text = readClaim(base);
  return new Map(
    Object.entries(variants).map(([name, settings]) => {
      const overrides = [...settings, `training.seed=${seeds[0]}`];
      return [name, parsePretrainConfig(text, { file: base, overrides })];
    }),
  );
}

/** Files that a training reads, as paths from the root of the repository. */
function filesOf({ data }: PretrainConfig): string[] {
  const entries = subsetsOf(data).flatMap(({ train, validation, test }) => [...train, ...validation, ...test]);
  return entries.map(({ file }) =>
    resolve(folder, file)
      .slice(repository.length + 1)
      .replaceAll(sep, '/'),
  );
}

describe('the comparisons of the examples', () => {
  it('use every training beside them, and write each into a folder of its own', () => {
    const bases = new Set(claims.map(([, { base }]) => base));
    expect([...bases].sort()).toEqual(names.filter((name) => name.endsWith('.training.yaml')));
    expect(new Set(claims.map(([, { out }]) => out)).size).toBe(claims.length);
  });

  it.each(claims)('%s compares trainings that can be configured, and differ', (...claim) => {
    const settings = [...trainingsOf(claim).values()].map((config) => JSON.stringify(flattenConfig(config)));
    expect(settings.length).toBeGreaterThan(1);
    expect(new Set(settings).size).toBe(settings.length);
  });

  it.each(claims)('%s measures what a validation or a training has', (name, { measure, subset, ...claim }) => {
    const errors = { count: 1, mae: 1, rmse: 1 };
    const measures = [
      'loss',
      ...Object.keys(errorRecord({ energy: errors, forces: errors, stress: errors, noise: errors })),
    ];
    if (!isPace(measure)) expect(measures).toContain(measure);
    const [training] = trainingsOf([name, { measure, subset, ...claim }]).values();
    const isValidated = subsetsOf(training.data).some(({ validation }) => validation.length > 0);
    expect(isValidated || isPace(measure)).toBe(true);
    if (subset !== undefined) expect(subsetsOf(training.data).map((each) => each.name)).toContain(subset);
  });

  it.each(claims)('%s is called by its name in its comment', (name) => {
    const [, called = name] = /lamm compare --config examples\/claims\/(\S+?\.yaml)/.exec(readClaim(name)) ?? [];
    expect(called).toBe(name);
  });

  it.each(claims)('%s starts from models that are there', (...claim) => {
    const models = [...trainingsOf(claim).values()].flatMap(({ from }) =>
      from === undefined ? [] : [from.model].flat(),
    );
    expect(models.filter((model) => !existsSync(resolve(folder, model)))).toEqual([]);
  });

  it.each(claims)('%s reads the parts of data sets', (name, claim) => {
    const files = [...trainingsOf([name, claim]).values()].flatMap(filesOf);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(file).toMatch(/^data\/[\w-]+\/(train|val|test)\.extxyz\.gz$/);
  });
});

describe.skipIf(sharedPath('data') === undefined)(
  'the data of the comparisons (skipped without the shared data)',
  () => {
    it.each(claims)('of %s are there', (name, claim) => {
      const files = [...trainingsOf([name, claim]).values()].flatMap(filesOf);
      expect(files.filter((file) => sharedPath(file) === undefined)).toEqual([]);
    });
  },
);
