import type { RequestLimit } from '../../model/cluster.ts';
import { count, duration, list } from '../../model/format.ts';
import { TOO_MANY_REQUESTS } from '../../model/limit-statuses.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { emptiesInMs } from '../evidence/own-requests.ts';
import { isWellAnswered, limitedRequests, straightWays, unlimitedBeside } from '../views/limited-requests.ts';
import type { LimitedRequests } from '../views/limited-requests.ts';
import { ownerOf } from '../views/owner.ts';
import { line } from '../words/words.ts';

/** One may be a client of the same address that happened to ask as well. */
const FEWEST = 2;
const MOST_ATTEMPTS = 10;

export default defineDiagnosis<LimitedRequests>({
  id: 'limited-requests',
  class: 'ingress',
  layer: 'ingress',
  title: 'A limit refuses a part of the requests',
  why: 'A proxy or the application admits so many requests of one client and answers the others at once: 429, or 503 where ingress-nginx is left as it is, which looks like a dead endpoint. Who counts as one client is what the proxy sees: where a load balancer or node stands in for them, all users behind it share one budget.',
  test: 'The same request through the same entry from several addresses at the same rate, and straight to the endpoints: one address is refused and the others never are. The declared limit is reckoned against every request that kprobe sent itself, so that its own are told from those of others.',
  remedy:
    "Let the proxy see the clients' own addresses (externalTrafficPolicy: Local, PROXY protocol, use-forwarded-headers behind a load balancer), exempt what is trusted, or raise the limit; 429 in place of 503 (limit-req-status-code) tells clients what it is.",
  limits:
    "Where kprobe's own requests account for all that was refused, or may, it is a mere possibility, and no fault of a limit that is meant. Limits of ingress-nginx' annotations and of HTTPProxies are read; those of other controllers, of middlewares, of a cloud and of the application are known by a 429 alone. HAProxy's that close the connection look like something else.",
  experiments: ['entries', 'endpoints', 'service-address'],
  isShare: true,
  suspects: (evidence) => {
    const limited = limitedRequests(evidence);
    return limited === null ? [] : [limited];
  },
  arm: ({ paths, usedBy, refused }) => ({ paths, fails: usedBy === 'others' && refused.size >= FEWEST ? true : null }),
  contrasts: (limited, evidence) =>
    limited.by === 'application'
      ? [straightContrast(limited), SLOWER]
      : [
          endpointContrast(evidence, limited),
          limitContrast(evidence, limited),
          ...(limited.limit?.per === 'proxy' ? [SLOWER] : [addressContrast(evidence, limited)]),
        ],
  suffer: ({ paths }) => paths,
  shows:
    ({ refused }) =>
    ({ attempt }) =>
      refused.has(attempt),
  blame: (limited, evidence) => ({
    title: titleOf(limited, evidence),
    object:
      limited.by === 'application'
        ? ownerOf(evidence, limited.paths)
        : limited.limit === null
          ? null
          : evidence.target.route,
    where: null,
    lines: [usedLine(limited)],
    fix: { says: fixOf(limited), manifest: null },
  }),
});

function titleOf(limited: LimitedRequests, evidence: Evidence): string {
  const { by, limit, refused, answered, status, usedBy } = limited;
  const share = `${refused.size} of ${count(answered, 'request')} (HTTP ${status})`;
  if (usedBy === 'kprobe' && limit !== null)
    return `Only kprobe's own requests met the limit of ${routeName(evidence)} (${said(limit)}): it refused ${share}`;
  const who =
    by === 'application'
      ? 'The application'
      : limit === null
        ? 'The entry'
        : `The limit of ${routeName(evidence)} (${said(limit)})`;
  const whose =
    usedBy === 'unknown'
      ? "; kprobe's own requests may have met it alone"
      : limit?.per === 'client'
        ? ': others come by the same address'
        : '';
  return `${who} refuses ${share}${whose}`;
}

function usedLine({ usedBy, limit, refused }: LimitedRequests): ReturnType<typeof line> {
  const all = [...refused].slice(0, MOST_ATTEMPTS);
  switch (usedBy) {
    case 'kprobe':
      return line(
        'kprobe',
        `each refusal came when kprobe's own requests had used up ${admits(limit)}, and none before`,
        all,
      );
    case 'others':
      return line(
        'kprobe',
        limit === null
          ? 'its very first request was refused: others had used up the limit'
          : `its own requests are too few for ${admits(limit)}: others use it up`,
        all,
      );
    case 'unknown':
      if (limit !== null)
        return line(
          'kprobe',
          `its own requests are too few for ${admits(limit)}, and an earlier run of it may have sent more: ask again after ${duration(emptiesInMs(limit))}`,
          all,
        );
      return line('kprobe', 'no limit is declared to reckon with: its own requests may be what was too much', all);
    default:
      return usedBy satisfies never;
  }
}

function fixOf({ by, usedBy, limit }: LimitedRequests): string {
  if (usedBy === 'kprobe')
    return `Nothing, if the limit is meant so: a client that sends more than ${admits(limit)} is refused as kprobe was, and a page of many parts may send that many.`;
  if (by === 'application')
    return "See the application's own limiter: what it counts as one client (behind a proxy all have the proxy's address unless it trusts X-Forwarded-For), and how much it admits.";
  if (limit?.per === 'client')
    return "Look whose address the proxy sees (its access log): let it see the clients' own (externalTrafficPolicy: Local, PROXY protocol, use-forwarded-headers), exempt what is trusted (limit-whitelist), or raise the limit.";
  if (limit?.per === 'proxy') return 'Raise the limit, or run more proxies: each counts all clients together.';
  return 'Find who answers 429: the proxy, a middleware or a firewall before it; its log tells which limit was met.';
}

/** `limit-rps: 2` */
function said({ setting, requests }: RequestLimit): string {
  return `${setting}: ${requests}`;
}

function admits(limit: RequestLimit | null): string {
  if (limit === null) return 'the limit';
  const { requests, inMs, atOnce } = limit;
  return inMs === null
    ? `${count(atOnce, 'request')} at once`
    : `${atOnce} at once and ${requests} in ${duration(inMs)}`;
}

function routeName({ target: { route } }: Evidence): string {
  return route === null ? 'the route' : `${route.kind} ${route.namespace}/${route.name}`;
}

function endpointContrast(evidence: Evidence, { status }: LimitedRequests): Contrast {
  const direct = straightWays(evidence);
  const well = direct.filter(isWellAnswered);
  return {
    label: 'Endpoints',
    holds: direct.length > 0 && well.length === direct.length ? true : null,
    says: `asked directly, the endpoints never answer ${status} (${count(well.length, 'path')})`,
    attempts: well.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: 'Ask every endpoint directly, as often.',
  };
}

/** An entry that never answers anything else to anybody may be down: then only 429 says that it is a limit. */
function limitContrast(evidence: Evidence, limited: LimitedRequests): Contrast {
  const { limit, status, refused, answered } = limited;
  const isLimit =
    status === TOO_MANY_REQUESTS || refused.size < answered || unlimitedBeside(evidence, limited).length > 0;
  return {
    label: 'Limit',
    holds: limit === null || !isLimit ? null : true,
    says:
      limit === null
        ? ''
        : `${routeName(evidence)} sets ${said(limit)}: ${admits(limit)} of ${limit.per === 'client' ? 'one address' : 'all clients of one proxy'}`,
    attempts: [],
    settles:
      limit === null
        ? 'Find the limit: in the settings of the proxy, of what stands before it, or of the application.'
        : 'Ask through the same entry from an address that nobody else uses: a limit serves it.',
  };
}

function addressContrast(evidence: Evidence, limited: LimitedRequests): Contrast {
  const beside = unlimitedBeside(evidence, limited);
  const [refused, served] = [limited.paths, beside].map((paths) => [
    ...new Set(paths.map(({ from }) => from.node ?? 'this machine')),
  ]);
  return {
    label: 'Addresses',
    holds: beside.length > 0 ? true : null,
    says: `the same entries refuse ${list(refused ?? [])} and never ${list(served ?? [])}, which ask as often`,
    attempts: beside.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: 'Ask through the same entry from an address that nobody else uses, once in ten seconds.',
  };
}

function straightContrast({ paths }: LimitedRequests): Contrast {
  const refusing = paths.filter(({ path }) => path.to.kind !== 'entry');
  return {
    label: 'Straight',
    holds: true,
    says: `asked without a proxy it refuses as well (${count(refusing.length, 'path')})`,
    attempts: refusing.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: '',
  };
}

const SLOWER: Contrast = {
  label: 'Slower',
  holds: null,
  says: '',
  attempts: [],
  settles:
    'Raise the limit for a minute, or ask once in ten seconds while nobody else does: then nothing may be refused.',
};
