/** A client of the shop that asks for a name outside the cluster, pay/checkout-1, whose resolv.conf has one search domain of its own. */
import type { Sample } from '../../probes/wire.ts';
import { dnsAnswer, hello, sample, times } from './make.ts';
import { askedByCheckout, checkoutCluster, run, shopTarget } from './world.ts';
import type { Break, World } from './world.ts';
import { judge } from '../../src/judge/judge.ts';
import type { Verdict } from '../../src/model/verdict.ts';

export const OUTSIDE = 'api.example.com';
export const DOMAIN = 'corp.example.net';
export const REAL = '203.0.113.7';
const FAR = { address: REAL, port: 443, ready: true, node: null, pod: null, slice: null };

/** What getaddrinfo says, after so long. */
export const lookup = (ms: number, addresses: readonly string[] = [REAL]): Sample =>
  sample({ dnsMs: ms, dns: { rcode: 'NOERROR', answers: addresses, truncated: false, questions: [] } });

type Path = Parameters<Break>[0];
export const isLookup = (name: string, { to }: Path): boolean => to.kind === 'resolver' && to.name === name;
export const isQuestion = (name: string, { probe }: Path): boolean =>
  probe.kind === 'dns' && probe.transport === 'udp' && probe.name === name;

/** As it should be: the name exists once, and not under the search domain. */
const healthy: Break = (path) => {
  if (isLookup(OUTSIDE, path) || isLookup(`${OUTSIDE}.`, path)) return times(4, () => lookup(3));
  if (isQuestion(OUTSIDE, path)) return times(2, () => dnsAnswer({ answers: [REAL] }));
  if (isQuestion(`${OUTSIDE}.${DOMAIN}`, path)) return times(2, () => dnsAnswer({ rcode: 'NXDOMAIN', answers: [] }));
  return null;
};

export interface OutsideWorld {
  readonly breaks?: readonly Break[];
  /** The API does not tell of the search domain: it comes from the node. */
  readonly isDomainOfNode?: boolean;
}

export function outsideWorld({ breaks = [], isDomainOfNode = false }: OutsideWorld): World {
  const facts = checkoutCluster({
    namespace: 'pay',
    name: 'none',
    spec: { podSelector: { matchLabels: { no: 'pod' } } },
  });
  const own = { nameservers: [], searches: isDomainOfNode ? [] : [DOMAIN], options: [] };
  return {
    cluster: {
      ...facts,
      pods: facts.pods.map((pod) => (pod.name === 'checkout-1' ? { ...pod, dnsConfig: own } : pod)),
    },
    target: shopTarget({
      input: `https://${OUTSIDE}/`,
      kind: 'external',
      scheme: 'https',
      route: null,
      className: null,
      entries: [],
      service: null,
      host: OUTSIDE,
      direct: [FAR],
      from: askedByCheckout,
    }),
    breaks: [...breaks, healthy],
  };
}

/** The verdict of such a world, all resolv.conf with the search domain. */
export function diagnoseOutside(world: OutsideWorld): Verdict {
  return diagnoseSearched(outsideWorld(world));
}

/** Of any world. */
export function diagnoseSearched(world: World): Verdict {
  const recording = run(world);
  const search = ['pay.svc.cluster.local', 'svc.cluster.local', 'cluster.local', DOMAIN];
  const resolver = { servers: ['10.96.0.10'], search, options: ['ndots:5'] };
  return judge({ ...recording, hellos: recording.plan.agents.map(({ id }) => hello(id, { resolver })) });
}

export function outsideFinding(id: string, world: OutsideWorld) {
  return diagnoseOutside(world).findings.find(({ diagnosis }) => diagnosis === id) ?? null;
}
