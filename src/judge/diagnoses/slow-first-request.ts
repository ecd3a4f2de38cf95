import { count, duration } from '../../model/format.ts';
import { sum } from '../../model/sum.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { firstRequests } from '../views/first-requests.ts';
import type { Asked, FirstRequests } from '../views/first-requests.ts';
import { ownerOf } from '../views/owner.ts';
import { ends, line } from '../words/words.ts';

export default defineDiagnosis<FirstRequests>({
  id: 'slow-first-request',
  class: 'application',
  layer: 'application',
  title: 'The first requests after a pause take long or fail, those after them do not',
  why: 'What nobody has asked for a while is cold: it is scaled from zero, swapped out, compiled at its first use, its caches are empty, or its own connections (to a database, to others) were cut by a firewall while they idled, and the first request waits until that is noticed. Whoever measures with many requests warms it with the first.',
  test: 'The very first requests of a run find what nobody asked before: those take long or fail behind connections that stand at once, and every one that begins later, from the same and from other vantages, is answered well. A run after a pause in which nobody asks would show it again.',
  remedy:
    'Look at what it does for the first request: minimum of replicas, warm-up at the start, TCP keepalives or a lifetime of pooled connections below the idle timeout of whatever stands between.',
  limits:
    'Seen once it may also be a moment of the application’s own that happened to be then, so it is never more than possible. Where others keep it warm (users, HTTP probes of the kubelet), it does not show.',
  experiments: ['entries', 'endpoints', 'service-address', 'external-hosts'],
  suspects: (evidence) => {
    const first = firstRequests(evidence);
    return first === null ? [] : [first];
  },
  // Once is no proof that a pause brings it.
  arm: ({ bad }) => ({ paths: [...new Set(bad.map(({ path }) => path))], fails: null }),
  contrasts: ({ bad, later }) => [
    {
      label: 'Later',
      holds: later.length > 0 ? true : null,
      says: `each of ${count(later.length, 'request')} that began after them is answered, in ${duration(slowest(later))} at most`,
      attempts: later.map(({ attempt }) => attempt).slice(0, 10),
      settles: 'Run kprobe again at once: requests that find it warm are answered in good time.',
    },
    {
      label: 'Again',
      holds: null,
      says: '',
      attempts: [],
      settles: `Ask nothing for some minutes and run kprobe again: if the first ${bad.length === 1 ? 'request is' : 'requests are'} bad again and no other, the pause brings it.`,
    },
  ],
  blame: (first, evidence) => {
    const { bad, later } = first;
    return {
      title: `${saysOf(bad)}, ${later.length === 0 ? 'however late they came: all waited for one moment' : `each later one ${duration(slowest(later))} at most`}: it was cold, or something expired while it idled`,
      object: ownerOf(
        evidence,
        bad.map(({ path }) => path),
      ),
      where: null,
      armLabel: 'On',
      lines: bad.slice(0, MOST_LINES).map((each) => line('First', describe(each, bad[0]), [each.attempt])),
      fix: {
        says: 'Nothing to change in the network yet. Look at what the application does for its first request after a pause: its start from zero, its caches, and idle connections of its own to databases and others (keepalive or lifetime below the idle timeout of what stands between).',
        manifest: null,
      },
    };
  },
});

const MOST_LINES = 3;

function slowest(asked: readonly Asked[]): number {
  return Math.max(0, ...asked.map(({ attempt }) => attempt.sample.totalMs));
}

function saysOf(bad: FirstRequests['bad']): string {
  const failed = sum(bad.map((each) => (isFailed(each) ? 1 : 0)));
  const who = bad.length === 1 ? 'The first request' : `The first ${bad.length} requests`;
  if (failed === bad.length) return `${who} ${bad.length === 1 ? 'fails' : 'fail'}`;
  return `${who} ${bad.length === 1 ? 'takes' : 'take up to'} ${duration(slowest(bad))}${failed === 0 ? '' : ` or fail (${failed})`}`;
}

function isFailed({ path, attempt }: Asked): boolean {
  return path.unanswered.includes(attempt) || (attempt.sample.http?.status ?? 0) >= 500;
}

function describe({ path, attempt }: Asked, first: Asked): string {
  const { at, totalMs, outcome, http } = attempt.sample;
  const after = at - first.attempt.sample.at;
  const what =
    outcome.kind === 'answered'
      ? `answered${http === null ? '' : ` HTTP ${http.status}`} after`
      : `${outcome.kind} after`;
  return `${ends(path)}, ${after === 0 ? 'the first' : `${duration(after)} later`}: ${what} ${duration(totalMs)}`;
}
