import { defineConfig } from 'vitest/config';
import { TEMPORARY_FOLDER } from './test/temporary-folder.ts';

const temporary = { globalSetup: 'test/temporary-folder.ts', env: { TMPDIR: TEMPORARY_FOLDER } };

/** Most take milliseconds; some start a program or render ten thousand cells, on a machine that may be slow. */
const UNIT_TEST_LIMIT_MS = 30_000;

/** A lab test brings up a cluster, runs a whole diagnosis, and may apply its fix and run another. */
const LAB_TEST_LIMIT_MS = 180_000;

/** Real programs start, and see what was told at their next turn. */
const PROGRAMS_TEST_LIMIT_MS = 60_000;

/** A browser starts, and axe reads a page of ten thousand cells. */
const BROWSER_TEST_LIMIT_MS = 120_000;

/** On a real cluster, pods start more slowly, and namespaces take their time to go. */
const E2E_TEST_LIMIT_MS = 300_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          ...temporary,
          exclude: ['test/lab/**', 'test/e2e/**', 'test/**/programs/**', 'test/browser/**'],
          testTimeout: UNIT_TEST_LIMIT_MS,
        },
      },
      {
        test: {
          name: 'browser',
          ...temporary,
          include: ['test/browser/**/*.test.ts'],
          // One browser at a time: how long a page takes to open is measured.
          fileParallelism: false,
          testTimeout: BROWSER_TEST_LIMIT_MS,
          hookTimeout: BROWSER_TEST_LIMIT_MS,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: 'test/lab/built.ts',
          pool: 'forks',
          // Labs share two or more CPUs with what they measure: one file at a time, and of the scenarios two.
          fileParallelism: false,
          maxConcurrency: 2,
          // The machine is shared: a second try, which .ci/summary.mjs counts and names.
          retry: 1,
          testTimeout: LAB_TEST_LIMIT_MS,
          hookTimeout: LAB_TEST_LIMIT_MS,
        },
      },
      {
        test: {
          name: 'programs',
          ...temporary,
          include: ['test/**/programs/**/*.test.ts'],
          pool: 'forks',
          testTimeout: PROGRAMS_TEST_LIMIT_MS,
          hookTimeout: PROGRAMS_TEST_LIMIT_MS,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          // One cluster for all: what one test breaks, another would measure.
          fileParallelism: false,
          testTimeout: E2E_TEST_LIMIT_MS,
          hookTimeout: E2E_TEST_LIMIT_MS,
        },
      },
    ],
  },
});
