/** What is asked through each way in, and what is true of it: written down before it was played. */
import { Expectation } from '../../../src/lab/scenario/scenario.ts';
import type { Detour, Way } from './routes.ts';

export interface Passage {
  readonly name: string;
  /** The Service that its route names. */
  readonly service: string;
  readonly detour?: Detour;
  /** After the host. */
  readonly path?: string;
  /** By way; a way that is not here cannot say it. */
  readonly expect: Readonly<Partial<Record<Way, Expectation>>>;
}

type Expected = Parameters<typeof Expectation.parse>[0];

const healthy = Expectation.parse({ status: 'healthy' });
const ALL: readonly Way[] = ['nginx', 'contour', 'HTTPRoute', 'HTTPProxy'];
const ENVOY: readonly Way[] = ['contour', 'HTTPRoute', 'HTTPProxy'];
const OWN: readonly Way[] = ['HTTPRoute', 'HTTPProxy'];

function by(ways: readonly Way[], expected: Expectation): Passage['expect'] {
  return Object.fromEntries(ways.map((way) => [way, expected]));
}

function faulty(diagnosis: string, more: object = {}): Expectation {
  const expected: Expected = { status: 'faulty', findings: [{ diagnosis, ...more }] };
  return Expectation.parse(expected);
}

const service = (name: string) => ({ object: { kind: 'Service', namespace: 'ways', name } });
const ofRoute = (diagnosis: string, ways: readonly Way[]): Passage['expect'] =>
  Object.fromEntries(
    ways.map((way) => {
      const kind = way === 'nginx' || way === 'contour' ? 'Ingress' : way;
      return [way, faulty(diagnosis, { object: { kind, namespace: 'ways' } })];
    }),
  );

export const PASSAGES: readonly Passage[] = [
  { name: 'well', service: 'web', expect: by(ALL, healthy) },
  { name: 'slow', service: 'slow', expect: by(ALL, faulty('slow-application')) },
  // The route waits for one second, the application takes longer.
  { name: 'cut-short', service: 'slow', detour: 'limit', expect: by(OWN, faulty('slow-application')) },
  { name: 'refused', service: 'mute', expect: by(ALL, faulty('refused-connection')) },
  { name: 'wrong-port', service: 'wrong-port', expect: by(ALL, faulty('wrong-backend-port', service('wrong-port'))) },
  { name: 'empty', service: 'empty', expect: by(ALL, faulty('empty-service', service('empty'))) },
  {
    name: 'half-dead',
    service: 'half-dead',
    expect: {
      // An address that no pod has on a node that lives: the node looks for it for 3 s, sooner than nginx gives up.
      ...by(['nginx'], faulty('dead-endpoint', { timer: 'neighbour resolution' })),
      ...by(ENVOY, faulty('dead-endpoint')),
    },
  },
  {
    // Its policy admits the namespace of ingress-nginx, whose pods are on the nodes' network.
    name: 'incident',
    service: 'locked',
    expect: {
      ...by(['nginx'], faulty('policy-misses-hostnetwork')),
      ...by(ENVOY, faulty('policy-denies-ingress')),
    },
  },
  // Its policy admits the namespace of Contour, whose Envoys are on the pod network.
  { name: 'admitted', service: 'admitting', expect: by(ENVOY, healthy) },
  { name: 'no-path', service: 'web', detour: 'path', expect: ofRoute('missing-ingress-controller', ALL) },
  { name: 'no-service', service: 'nobody', expect: ofRoute('wrong-backend-port', ALL) },
  { name: 'no-such-port', service: 'web', detour: 'port', expect: ofRoute('wrong-backend-port', ALL) },
  { name: 'no-class', service: 'web', detour: 'class', expect: ofRoute('missing-ingress-controller', ['nginx']) },
  { name: 'shared', service: 'web', detour: 'weights', expect: by(OWN, healthy) },
  {
    name: 'shared-refused',
    service: 'web',
    detour: 'weights-mute',
    expect: by(OWN, faulty('refused-connection', service('mute'))),
  },
  { name: 'rewritten', service: 'web', detour: 'rewrite', path: '/shop/', expect: by(OWN, healthy) },
  { name: 'redirected', service: 'web', detour: 'redirect', expect: by(OWN, healthy) },
  // The application asks for a password: an answer like any other.
  { name: 'unauthorised', service: 'asking', expect: by(ALL, healthy) },
  // The proxy itself turns away who asks, and nothing in the cluster says that it is meant.
  {
    name: 'forbidden',
    service: 'web',
    detour: 'allow-list',
    expect: by(['HTTPProxy'], Expectation.parse({ status: 'inconclusive' })),
  },
  { name: 'tls-asked-plainly', service: 'secure', expect: ofRoute('mismatched-protocol', ALL) },
  { name: 'tls-inside', service: 'secure', detour: 'tls', expect: by(['HTTPProxy'], healthy) },
  { name: 'plain-asked-by-tls', service: 'web', detour: 'tls', expect: ofRoute('mismatched-protocol', ['HTTPProxy']) },
  { name: 'tls-port-says-400', service: 'strict', expect: ofRoute('mismatched-protocol', ALL) },
];
