import { expect, it } from 'vitest';
import { z } from 'zod';
import { meantBy } from '../../src/settings/describe.js';
import { setting } from '../../src/settings/setting.js';

const schema = setting(z.enum(['langevin', 'nose-hoover', 'npt-mtk']), {
  help: 'ensemble',
  meant: { nvt: ['langevin', 'nose-hoover'], npt: ['npt-mtk'] },
});

it('says what may be meant by wider names and by misspelt ones', () => {
  expect(meantBy(schema, 'NVT')).toBe('NVT may be langevin or nose-hoover');
  expect(meantBy(schema, 'npt')).toBe('npt may be npt-mtk');
  expect(meantBy(schema, 'langevn')).toBe('did you mean langevin?');
});

it.each(['__proto__', 'constructor', 'toString', 'nobody'])('knows nothing of %s', (name) => {
  expect(meantBy(schema, name)).toBeUndefined();
});
