/** The result of a sweep, told where people look: all channels at once, each by itself, all bounded in time. */
import type { Limitation } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import type { SweepReport } from '../model/sweep.ts';
import { cleanLine } from '../render/clean.ts';
import { type Channel, type PublishDependencies, reasonOf } from './channel.ts';
import { eventsChannel } from './events/events.ts';
import { MOST_TARGETS, OTHER_TARGETS } from './metrics/families.ts';
import { fileChannel } from './metrics/file.ts';
import { otlpChannel } from './metrics/otlp.ts';
import { pushgatewayChannel } from './metrics/pushgateway.ts';
import { webhookChannel } from './notice/webhook.ts';
import type { PublishSettings } from './settings.ts';

/** Enough for a few repeated tries; a CronJob must not hang on somebody else's server. */
const CHANNEL_LIMIT_MS = 15_000;
/** What a channel may take after its signal to say why, before it is left alone. */
const LAST_WORDS_MS = 500;

/**
 * Never throws: what could not be told is a limitation, one line made to be shown. Takes 16 s at most; the sweep's result should be on the screen
 * before. Connections that hang on do not hold a process that exits.
 */
export async function publish(
  report: SweepReport,
  settings: PublishSettings,
  dependencies: PublishDependencies & { readonly limitMs?: number },
): Promise<Limitation[]> {
  const channels = channelsOf(settings);
  const limitations = await Promise.all(channels.map((channel) => bounded(channel, report, dependencies)));
  return [...limitsOf(report, settings), ...limitations.flat()].map(({ what, because }) => ({
    what: cleanLine(what),
    because: cleanLine(because),
  }));
}

function channelsOf({ events, webhook, pushgateway, otlp, metricsFile }: PublishSettings): Channel[] {
  return [
    ...(events ? [eventsChannel()] : []),
    ...(webhook === null ? [] : [webhookChannel(webhook)]),
    ...(pushgateway === null ? [] : [pushgatewayChannel(pushgateway.url)]),
    ...(otlp === null ? [] : [otlpChannel(otlp.endpoint)]),
    ...(metricsFile === null ? [] : [fileChannel(metricsFile)]),
  ];
}

/** Ends in time also where a library or the system does not heed the signal. */
async function bounded(
  channel: Channel,
  report: SweepReport,
  { limitMs = CHANNEL_LIMIT_MS, signal: stop, ...rest }: PublishDependencies & { readonly limitMs?: number },
): Promise<readonly Limitation[]> {
  const limit = new AbortController();
  const signal = AbortSignal.any([stop, limit.signal]);
  let leave = () => {};
  const left = new Promise<readonly Limitation[]>((resolve) => {
    leave = () =>
      resolve([{ what: channel.name, because: stop.aborted ? 'stopped before it was told' : 'no answer in time' }]);
  });
  const timers = [setTimeout(() => limit.abort(), limitMs), setTimeout(leave, limitMs + LAST_WORDS_MS)];
  const stopped = () => timers.push(setTimeout(leave, LAST_WORDS_MS));
  if (stop.aborted) stopped();
  stop.addEventListener('abort', stopped, { once: true });
  const told = channel
    .tell(report, { ...rest, signal })
    .catch((error: unknown) => [{ what: channel.name, because: `${reasonOf(error)} (this is a bug in kprobe)` }]);
  try {
    return await Promise.race([told, left]);
  } finally {
    timers.forEach(clearTimeout);
    stop.removeEventListener('abort', stopped);
  }
}

function limitsOf({ targets }: SweepReport, { pushgateway, otlp, metricsFile }: PublishSettings): Limitation[] {
  const omitted = targets.length - MOST_TARGETS;
  if (omitted <= 0 || (pushgateway === null && otlp === null && metricsFile === null)) return [];
  return [
    {
      what: `metrics of ${count(omitted, 'target')}`,
      because: `only the first ${MOST_TARGETS} have their own, "${OTHER_TARGETS}" sums up the rest`,
    },
  ];
}
