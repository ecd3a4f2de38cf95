import { count } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { askByTls } from '../fixes/upstream-protocol.ts';
import { backendViews } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { line } from '../words/words.ts';

type Target = Evidence['target'];

interface Mismatch {
  readonly route: NonNullable<Target['route']>;
  readonly service: NonNullable<Target['service']>;
  readonly views: readonly BackendView[];
  /** What the endpoints speak; they are asked in the other. */
  readonly speaks: 'TLS' | 'plain HTTP';
}

export default defineDiagnosis({
  id: 'mismatched-protocol',
  class: 'ingress',
  layer: 'service',
  title: 'The proxy asks in plain HTTP what speaks TLS, or by TLS what speaks plain HTTP',
  why: 'Connects succeed, so probes of the port are content. A server of TLS answers plain HTTP with an alert or with 400 ("plain HTTP request was sent to HTTPS port"), and one of plain HTTP answers a ClientHello with something that is none: the proxy says 502 or 503, or hands on the 400.',
  test: 'Every endpoint is asked directly as its route has the proxy ask it, and answers in the other protocol each time.',
  remedy:
    'Tell the proxy how the endpoints speak (backend-protocol, an annotation of the Service, BackendTLSPolicy), or name the port that speaks what the proxy does.',
  limits:
    'A server that closes without a word is not told from one that crashes. How the proxy asks is read from annotations of known controllers; entries that are answered well acquit.',
  experiments: ['endpoints', 'entries'],
  suspects: (evidence): Mismatch[] => {
    const { route, service, kind } = evidence.target;
    const views = backendViews(evidence).filter(({ unobstructed }) => unobstructed.length > 0);
    if (kind !== 'ingress' || route === null || service === null || views.length === 0) return [];
    return [{ route, service, views, speaks: evidence.target.upstream === 'https' ? 'plain HTTP' : 'TLS' }];
  },
  arm: ({ views, speaks }) => {
    const paths = pathsOf(views);
    const says = speaks === 'TLS' ? saysTls : saysNoTls;
    const isAll = ({ attempts }: PathEvidence) => attempts.length > 0 && attempts.every(says);
    return { paths, fails: paths.every(isAll) };
  },
  contrasts: (_mismatch, evidence) => [atEntries(evidence)],
  suffer: (_mismatch, { paths }) => paths.filter(({ path: { to } }) => to.kind === 'service' || to.kind === 'entry'),
  blame: ({ route, service, views, speaks }, evidence) => {
    const [how, other] = speaks === 'TLS' ? ['in plain HTTP', 'TLS'] : ['by TLS', 'plain HTTP'];
    const where = `${service.namespace}/${service.name}`;
    const named = `${route.kind} ${route.namespace}/${route.name}`;
    return {
      title: `${named} has port ${service.port} of Service ${where} asked ${how}, and its pods speak ${other} there`,
      object: { kind: route.kind, namespace: route.namespace, name: route.name },
      where: null,
      lines: [line('Who', `${count(views.length, 'endpoint')} of ${views.length} answer so: ${sayings(views)}`)],
      fix: {
        says:
          speaks === 'TLS'
            ? askByTls(evidence, route, service)
            : `Take away what tells the proxies of ${named} to ask Service ${where} by TLS, or name a port of it that speaks TLS.`,
        manifest: null,
      },
    };
  },
});

function pathsOf(views: readonly BackendView[]): PathEvidence[] {
  return views.flatMap(({ unobstructed }) => unobstructed.map(({ path }) => path));
}

/** To a plain request (probes/kinds/tls-wanted.ts). */
function saysTls({ sample: { http, outcome } }: Attempt): boolean {
  return http?.wantsTls === true || (outcome.kind === 'error' && outcome.code === 'ETLSRECORD');
}

/** To a ClientHello: what came is no record of TLS (OpenSSL, ssl/record: SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_HTTP_REQUEST). */
const NO_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;

function saysNoTls({ sample: { outcome } }: Attempt): boolean {
  return outcome.kind === 'error' && outcome.phase === 'tls' && NO_TLS.test(outcome.code);
}

function sayings(views: readonly BackendView[]): string {
  const said = pathsOf(views).flatMap(({ attempts }) =>
    attempts.map(({ sample: { http, outcome } }) =>
      http?.wantsTls === true ? `HTTP ${http.status}, TLS is wanted` : outcome.kind === 'error' ? outcome.message : '',
    ),
  );
  return [...new Set(said)].filter((each) => each !== '').join(', ');
}

/** From here on HTTP says that somebody did wrong (RFC 9110, 15.5). */
const FIRST_ERROR = 400;

/** Where they are answered well, the proxies speak as they should, and only kprobe does not. */
function atEntries({ paths }: Evidence): Contrast {
  const entries = paths.filter(({ path: { to }, state }) => to.kind === 'entry' && state !== 'unmeasured');
  const attempts = entries.flatMap(({ answered }) => answered);
  const isServed = attempts.some(({ sample }) => (sample.http?.status ?? 0) < FIRST_ERROR);
  return {
    label: 'Entries',
    holds: entries.length === 0 ? null : !isServed,
    says: `no entry serves a page (${count(entries.length, 'path')})`,
    attempts: attempts.slice(0, 10),
    settles: 'Ask the host through its proxies.',
  };
}
