import { duration } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Arm, Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import {
  hasReset,
  idledMs,
  isForgotten,
  keptPaths,
  isServed,
  racedEntries,
  freshBeside,
} from '../views/kept-connections.ts';
import type { KeptPath } from '../views/kept-connections.ts';
import { ends, line, nameOfDestination } from '../words/words.ts';

/** A connection that was forgotten without a word, or a server that closes sooner than the proxy stops using its connections. */
interface Suspect {
  readonly way: 'forgotten' | 'raced';
  readonly kept: readonly [KeptPath, ...KeptPath[]];
  /** What users felt of it. */
  readonly entries: readonly PathEvidence[];
}

export default defineDiagnosis<Suspect>({
  id: 'cut-idle-connection',
  class: 'application',
  layer: 'application',
  title: 'A connection that idled is used again, and the far end has none any more',
  why: 'Proxies and clients keep connections for the next request. If the server closes them sooner (Node, Apache and uvicorn after 5 s, gunicorn after 2 s; proxies keep theirs for 60 s and more), a request may be on its way as the connection ends: 502 or a reset, now and then. If something between (NAT, a load balancer, a firewall) forgets them, nobody is told at all: each request after the pause gets an RST, or nothing until a read timeout.',
  test: 'One connection is kept idle, and the same request is sent on it again, beside fresh connections to the same address. Forgotten is proven: no FIN came, then an RST on more than one of them, or silence, while fresh connections are answered. A FIN tells the limit of the server, and that is set against how long the proxy keeps its connections.',
  remedy:
    "Let the side that sends requests give connections up first: the server's keep-alive limit above that of the proxy, the proxy's below whatever forgets them on the way.",
  limits:
    'A usual run lets one connection to one endpoint idle for 7.5 s, and does not wait for it where all is well: longer limits are tried with --idle. That a server closes idle connections is no fault by itself: it is named only beside 502s or resets at the entries, and then as likely at most, for the request that met the FIN is in the log of the proxy alone.',
  experiments: ['kept-connections', 'endpoints', 'service-address', 'entries'],
  suspects: (evidence) => {
    const entries = racedEntries(evidence);
    const all = keptPaths(evidence);
    const [forgotten, ...more] = all.filter(isForgotten);
    if (forgotten !== undefined) return [{ way: 'forgotten', kept: [forgotten, ...more], entries }];
    const closed = all.find(({ path, end }) => path.path.to.kind === 'backend' && end === 'closed');
    return closed === undefined || entries.length === 0 ? [] : [{ way: 'raced', kept: [closed], entries }];
  },
  arm: ({ kept, way, entries }): Arm => ({
    paths: way === 'forgotten' ? kept.map(({ path }) => path) : entries,
    fails: true,
  }),
  contrasts: ({ way, kept: [first, ...more] }, evidence) => [
    freshContrast([first, ...more], evidence),
    ...(way === 'forgotten' ? [unheardContrast(first, more.length > 0)] : [limitContrast(first, evidence), LOG]),
  ],
  suffer: ({ entries }) => entries,
  shows:
    () =>
    ({ attempt }) =>
      hasReset(attempt.sample),
  blame: ({ way, kept: [suspect] }, evidence) => {
    const { path } = suspect;
    const idled = duration(idledMs(suspect));
    const far = nameOfDestination(path);
    const where = { from: path.from.node ?? 'this machine', to: far };
    const keepMs = proxyOf(evidence)?.upstreamIdleMs ?? null;
    if (way === 'forgotten') {
      const answer = suspect.attempt.sample.outcome.kind === 'reset' ? 'an RST' : 'nothing';
      return {
        title: `A connection to ${far} that idled for ${idled} is forgotten on the way: the next request gets ${answer}`,
        object: null,
        where,
        lines: keepMs === null ? [] : [line('Proxy', `keeps idle connections for ${duration(keepMs)}`)],
        fix: {
          says: `Find what forgets it (the connection tracking of nodes: sysctl net.netfilter.nf_conntrack_tcp_timeout_established; idle timeouts of load balancers, NAT and firewalls), and let who keeps connections give them up sooner than after ${idled} (ingress-nginx: upstream-keepalive-timeout), or send TCP keepalives within it.`,
          manifest: null,
        },
      };
    }
    return {
      title: `${far} closes connections after ${idled} idle, sooner than the proxy stops using them: now and then a request meets the end of one`,
      object:
        path.path.to.kind === 'backend' && path.path.to.pod !== null ? { kind: 'Pod', ...path.path.to.pod } : null,
      where,
      timer: { name: 'keep-alive limit of the server', ms: idledMs(suspect) },
      fix: {
        says: `Raise the keep-alive limit of the server above ${duration(keepMs ?? 60_000)}, how long the proxy keeps connections (Node: server.keepAliveTimeout; gunicorn: --keep-alive; uvicorn: --timeout-keep-alive; Apache: KeepAliveTimeout), or set that of the proxy below ${idled} (ingress-nginx: upstream-keepalive-timeout).`,
        manifest: null,
      },
    };
  },
});

/** The same request by the same vantage to the same address, each on a connection of its own. */
function freshContrast(kept: readonly KeptPath[], evidence: Evidence): Contrast {
  const fresh = kept.flatMap(({ path }) => freshBeside(evidence, path));
  return {
    label: 'Fresh',
    holds: fresh.length === 0 ? null : fresh.every(isServed),
    says: `${fresh[0] === undefined ? '' : ends(fresh[0])}: each request on a fresh connection is answered`,
    attempts: fresh.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Send the same request on fresh connections.',
  };
}

/** An RST says that nobody knows the connection; of silence only that the request was sent again and again tells as much: a kernel that knew it would have confirmed it. */
function unheardContrast({ attempt }: KeptPath, isSeenTwice: boolean): Contrast {
  const { outcome, dataRetransmissions } = attempt.sample;
  const isReset = outcome.kind === 'reset';
  return {
    label: 'Kept',
    // A server that closes in the very moment of the request answers it alike: once is chance.
    holds: (isReset ? isSeenTwice : dataRetransmissions > 1) ? true : null,
    says: isReset
      ? 'no FIN came while it idled, and an RST for the request'
      : `no FIN came while it idled, and no kernel confirmed the request, which was sent again ${dataRetransmissions} times`,
    attempts: [attempt],
    settles: isReset
      ? 'Let connections idle for another time (--idle): a server that closed in that very moment answers alike.'
      : 'Capture packets at the far end: does the second request arrive there (tcpdump)?',
  };
}

function limitContrast(suspect: KeptPath, evidence: Evidence): Contrast {
  const keepMs = proxyOf(evidence)?.upstreamIdleMs ?? null;
  return {
    label: 'Limits',
    holds: keepMs === null ? null : keepMs > idledMs(suspect),
    says: `the server closes after ${duration(idledMs(suspect))} (FIN), the proxy keeps connections for ${duration(keepMs ?? 0)}`,
    attempts: [suspect.attempt],
    settles: "Look up how long the proxy keeps idle connections to endpoints, and set it against the server's limit.",
  };
}

const LOG: Contrast = {
  label: 'Log',
  holds: null,
  says: '',
  attempts: [],
  settles:
    "Read the proxy's log at the time of a 502: nginx says “upstream prematurely closed connection” or “Connection reset by peer”, Envoy has the flag UC.",
};
