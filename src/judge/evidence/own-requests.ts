/**
 * Whether kprobe's own requests alone account for those that a limit refused. A bucket empties at the rate of its limit and each admitted request
 * fills it by one; refused ones do not count (ngx_http_limit_req_module.c, ngx_http_limit_req_lookup; Envoy's token bucket is the same seen
 * from its other side). So it is known when kprobe by itself would be refused and when it would not: both must fit what was answered. Pure.
 */
import type { RequestLimit } from '../../model/cluster.ts';

export interface OwnRequest {
  /** Unix milliseconds. */
  readonly at: number;
  readonly endedAt: number;
  /** Of the vantage that sent it, and the address that it asked. */
  readonly from: string;
  readonly to: string;
  readonly isRefused: boolean;
}

/** Whose requests may fill one bucket: an address may stand for a proxy of its own or for all of them, and a node may hide its clients behind one address. */
type Grouping = (request: OwnRequest) => string;
const BY_CLIENT: readonly Grouping[] = [({ from, to }) => `${from} ${to}`, ({ from }) => from];
const TOGETHER: readonly Grouping[] = [({ to }) => to, () => ''];

/** Clocks of nodes and the way to the proxy: it may be so much earlier or later there than requests seem to be apart. */
const JITTER_MS = 100;
/** Of the answers that came although the bucket should have been full. */
const MOST_ADMITTED_SHARE = 0.1;

/** What a bucket holds before kprobe asks: nothing, or as much as an earlier run of kprobe may have left in it. */
type Before = 'nothing' | 'an-earlier-run';

/** In some way of sharing the bucket each refusal, and hardly an admission, is what kprobe's own requests make of it. */
export function areOwnRefusals(
  limit: RequestLimit,
  requests: readonly OwnRequest[],
  before: Before = 'nothing',
): boolean {
  const ways = limit.per === 'client' ? [...BY_CLIENT, ...TOGETHER] : TOGETHER;
  return ways.some((grouping) =>
    [...Map.groupBy(requests, grouping).values()].every(
      (group) =>
        fits(limit, judged(limit, group, 0)) ||
        (before === 'an-earlier-run' && fits(limit, judged(limit, group, limit.atOnce))),
    ),
  );
}

/** Until a full bucket is empty, milliseconds. */
export function emptiesInMs({ requests, inMs, atOnce }: RequestLimit): number {
  return inMs === null ? 0 : (atOnce / requests) * inMs;
}

function judged(limit: RequestLimit, group: readonly OwnRequest[], from: number): Judged[] {
  return limit.inMs === null ? underWay(limit, group) : filled(limit, limit.inMs, { group, from });
}

function fits({ inMs, requests }: RequestLimit, all: readonly Judged[]): boolean {
  const slack = inMs === null ? 0 : (JITTER_MS / inMs) * requests;
  const isExplained = all.every(({ isRefused, over }) => !isRefused || over > -slack);
  const admitted = all.filter(({ isRefused }) => !isRefused);
  const beyond = admitted.filter(({ over }) => over > slack);
  return isExplained && beyond.length <= Math.max(1, MOST_ADMITTED_SHARE * admitted.length);
}

interface Judged {
  readonly isRefused: boolean;
  /** How far beyond the limit kprobe's own requests are with this one, in requests. */
  readonly over: number;
}

function filled(
  { requests, atOnce }: RequestLimit,
  inMs: number,
  { group, from }: { readonly group: readonly OwnRequest[]; readonly from: number },
): Judged[] {
  let [level, lastAt] = [from, Math.min(...group.map(({ at }) => at))];
  return group
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, isRefused }) => {
      const left = Math.max(0, level - ((at - lastAt) / inMs) * requests);
      if (!isRefused) [level, lastAt] = [Math.min(left + 1, atOnce), at];
      return { isRefused, over: overBy(left, atOnce) };
    });
}

function underWay({ atOnce }: RequestLimit, group: readonly OwnRequest[]): Judged[] {
  return group.map(({ at, isRefused }) => ({
    isRefused,
    over: overBy(group.filter((other) => other.at < at && other.endedAt > at && !other.isRefused).length, atOnce),
  }));
}

/** Where kprobe has nothing in the bucket, it does not overflow for its sake. */
function overBy(own: number, atOnce: number): number {
  return own === 0 ? -Infinity : own + 1 - atOnce;
}
