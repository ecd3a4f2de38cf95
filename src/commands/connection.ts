/** The way to a cluster for commands that talk to its API: the flags, worded once, and a client that is always closed. */
import type { Options } from 'yargs';
import type { ClusterClient } from '../api/cluster-client.ts';
import { duration, type Flags, text } from '../options.ts';
import { remark, type Session } from './command.ts';
import { clusterFlags } from './flags.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 3_600_000;

export const connectionFlags = {
  ...clusterFlags,
  timeout: { type: 'string', requiresArg: true, default: '60s', describe: 'For all calls together: 30s, 2m' },
} as const satisfies Record<string, Options>;

/** Connects as the flags say and closes afterwards. Throws UserError where nothing answers. */
export async function withCluster<T>(
  flags: Flags,
  session: Session,
  work: (client: ClusterClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [kubeconfig, context] = [text(flags, 'kubeconfig'), text(flags, 'context')];
  const timeoutMs = duration(flags, 'timeout', { from: 1000, to: LONGEST_TIMEOUT_MS, such: '30s or 2m' });
  const signal = AbortSignal.any([session.signal, AbortSignal.timeout(timeoutMs)]);
  const client = await session.stages.connect({
    ...(kubeconfig === null ? {} : { kubeconfig }),
    ...(context === null ? {} : { context }),
    env: session.env,
    timeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    signal,
  });
  try {
    return await work(client, signal);
  } finally {
    await client.close();
  }
}

/** What could not be done or seen, a line each. */
export async function tellLimitations(
  session: Session,
  limitations: readonly { what: string; because: string }[],
): Promise<void> {
  const { cleanLine } = await import('../render/clean.ts');
  for (const { what, because } of limitations)
    await remark(session.stderr, `kprobe: ${cleanLine(`${what}: ${because}`)}\n`);
}
