/** A sweep's result, told where its file wants it told. */
import type { ClusterClient } from '../api/cluster-client.ts';
import type { Limitation } from '../model/cluster.ts';
import type { SweepReport } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import { type Flags, text } from '../options.ts';
import { type Notify, publishSettings } from '../sweep/notify.ts';
import type { Session } from './command.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Never throws for what others do not take: that is a limitation each. */
export async function publishReport(
  report: SweepReport,
  notify: Notify,
  { flags, session }: { readonly flags: Flags; readonly session: Session },
): Promise<Limitation[]> {
  const { settings, limitations } = publishSettings(notify, session.env);
  const { events, webhook, pushgateway, otlp, metricsFile } = settings;
  const isQuiet = !events && [webhook, pushgateway, otlp, metricsFile].every((channel) => channel === null);
  if (isQuiet) return [...limitations];
  const connected = events ? await connect(flags, session) : { client: null, limitations: [] };
  const surroundings = { client: connected.client, signal: session.signal, now: Date.now, random: Math.random };
  try {
    const told = await session.stages.publish(report, { ...settings, events: connected.client !== null }, surroundings);
    return [...limitations, ...connected.limitations, ...told];
  } finally {
    await connected.client?.close();
  }
}

async function connect(
  flags: Flags,
  session: Session,
): Promise<{ client: ClusterClient | null; limitations: Limitation[] }> {
  const [kubeconfig, context] = [text(flags, 'kubeconfig'), text(flags, 'context')];
  try {
    const client = await session.stages.connect({
      ...(kubeconfig === null ? {} : { kubeconfig }),
      ...(context === null ? {} : { context }),
      env: session.env,
      timeoutMs: CONNECT_TIMEOUT_MS,
      signal: session.signal,
    });
    return { client, limitations: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { client: null, limitations: [{ what: 'Events', because: error.message }] };
  }
}
