/**
 * `summary.mjs KIND=REPORT…`: sums up vitest JSON reports as the last line of CI; exits 1 when a test failed, or when of one
 * KIND (a folder below test/, such as `lab`, `e2e`) none passed: a suite that did not run has not passed. Whatever failed is named
 * with each of its tries; whatever passed only at a second try is named and counted too: its first failure is one.
 */
import { readFileSync } from 'node:fs';

const wanted = process.argv.slice(2).map((argument) => argument.split('='));
const files = wanted.flatMap(([, report]) => reportIn(report));
const tests = files.flatMap((file) =>
  file.assertionResults.map(({ status, fullName, failureMessages }) => ({
    status,
    name: fullName,
    file: file.name,
    // Of a test that passed, these are the failures of its earlier tries.
    failures: failureMessages,
  })),
);
const passed = tests.filter(({ status }) => status === 'passed').length;
// A file that could not be loaded has no tests, and is a failure all the same.
const unloaded = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
);
const fallen = tests.filter(({ status }) => status === 'failed');
const failed = fallen.length + unloaded.length;
const skipped = tests.length - passed - fallen.length;
const retried = tests.filter(({ status, failures }) => status === 'passed' && failures.length > 0);
const missing = wanted
  .map(([kind]) => kind)
  .filter(
    (kind) => !tests.some(({ status, file }) => status === 'passed' && new RegExp(`/test/(.+/)?${kind}/`).test(file)),
  );

for (const kind of missing) console.log(`failed: no ${kind} test passed`);
for (const { name, message } of unloaded) console.log(`failed: ${name} could not be loaded: ${firstLine(message)}`);
for (const { name, file, failures } of fallen)
  console.log([`failed: ${name} (${file})`, ...failures.map(firstLine)].join('\n  '));
for (const { name, file, failures } of retried)
  console.log(`passed only at try ${failures.length + 1}: ${name} (${file}): ${firstLine(failures[0])}`);
if (retried.length > 0) console.log(`${retried.length} retried`);
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 && missing.length === 0 ? 0 : 1;

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}

function reportIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch (error) {
    console.log(`failed: no test report (${error.message})`);
    return [];
  }
}
