/** Sums up a vitest JSON report as the last line of CI; exits 1 when a test failed, none ran, or the lab did not run. */
import { readFileSync } from 'node:fs';

const files = reportIn(process.argv[2]);
const tests = files.flatMap((file) => file.assertionResults.map(({ status }) => ({ status, isLab: isLab(file) })));
const passed = tests.filter(({ status }) => status === 'passed').length;
// A file that could not be loaded has no tests, and is a failure all the same.
const unloaded = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
);
const failed = tests.filter(({ status }) => status === 'failed').length + unloaded.length;
const skipped = tests.length - passed - tests.filter(({ status }) => status === 'failed').length;
const didLabRun = tests.some(({ status, isLab }) => isLab && status === 'passed');

if (!didLabRun) console.log('failed: no lab test passed');
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 && didLabRun ? 0 : 1;

function reportIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch (error) {
    console.log(`failed: no test report (${error.message})`);
    return [];
  }
}

function isLab(file) {
  return file.name.includes('/test/lab/');
}
