// The single gate: types and build, lint and format, tests.  Its last line is `N passed, N failed`; every step before
// them counts as one check.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'lamm-check-'));
const report = join(folder, 'tests.json');

const steps = [
  { name: 'types and build', succeeded: run('npm run --silent build') },
  { name: 'types of the tests', succeeded: run('npx tsc -p test') },
  {
    name: 'types of campaign and bench',
    succeeded: run('npx tsc -p test/attack --noEmit && npx tsc -p test/bench --noEmit'),
  },
  { name: 'lint and format', succeeded: run('npx biome check --error-on-warnings') },
  { name: 'tests', succeeded: run(`npx vitest run --reporter=default --reporter=json --outputFile.json="${report}"`) },
];
const tests = readReport();
rmSync(folder, { recursive: true });

const checks = steps.filter((step) => step.name !== 'tests');
for (const { name } of checks.filter((check) => !check.succeeded)) console.log(`failed: ${name}`);
const passed = tests.passed + checks.filter((check) => check.succeeded).length;
const failed = tests.failed + checks.filter((check) => !check.succeeded).length;
const succeeded = failed === 0 && steps.every((step) => step.succeeded);
// A test file that cannot be loaded, or an error outside any test, fails the run without a failed test.
console.log(`${passed} passed, ${succeeded ? 0 : Math.max(failed, 1)} failed`);
process.exitCode = succeeded ? 0 : 1;

function run(command) {
  console.log(`\n> ${command.split(' --reporter')[0]}`);
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}

function readReport() {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 1 }; // the test runner itself did not start
  }
}
