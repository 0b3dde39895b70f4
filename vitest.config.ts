import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/helpers/temporary-folder.ts'],
    setupFiles: ['test/helpers/setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
