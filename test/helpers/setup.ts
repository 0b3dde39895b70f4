import fc from 'fast-check';

// The gate draws the same cases every time; another seed searches further: `LAMM_TEST_SEED=7 npx vitest run`.
fc.configureGlobal({ seed: Number(process.env.LAMM_TEST_SEED ?? 1) });
