/** Flags that several commands share, worded once. */
import type { Options } from 'yargs';

export const outputFlags = {
  output: {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    default: 'terminal',
    describe: 'terminal, json, markdown, html or junit',
  },
  verbose: { alias: 'v', type: 'boolean', describe: 'All findings in full, and the table of paths' },
} as const satisfies Record<string, Options>;

/** Accepted by every command. */
export const globalFlags = {
  debug: { type: 'boolean', describe: 'Show stack traces and causes of errors' },
} as const satisfies Record<string, Options>;

/** What the exit code says, for commands that end with a verdict. */
export const EXIT_CODES = 'Exit codes: 0 healthy, 1 fault found, 2 could not run, 3 inconclusive.';

/** Which cluster, for every command that asks one. */
export const clusterFlags = {
  context: { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' },
  kubeconfig: { type: 'string', requiresArg: true, describe: 'File instead of $KUBECONFIG or ~/.kube/config' },
} as const satisfies Record<string, Options>;
