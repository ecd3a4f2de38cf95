/** Every DNS server as each vantage sees it, beside a control on the server's node: those of the cluster, and those of the client's own resolv.conf. */
import type { ObjectName } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { resolverSeries } from '../evidence/resolver-waits.ts';
import { isSpare } from '../evidence/spare-nameserver.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { expectationOf } from '../evidence/expected.ts';
import { areConnected, isCutOff } from './mesh.ts';

export interface DnsServer {
  /** The pod behind the cluster's DNS Service; null: a server that only the client's resolv.conf names. */
  readonly pod: ObjectName | null;
  readonly node: string | null;
  readonly address: string;
  /** Whose resolv.conf names it, where it is no pod of the cluster's DNS. */
  readonly client: ObjectName | null;
  /** Plain UDP queries, where neither policy nor the pod network is known to be in the way. */
  readonly asked: readonly PathEvidence[];
  /** Every DNS path to it, whatever came of it. */
  readonly all: readonly PathEvidence[];
}

/** The servers behind names: not the Service in front of them, see frontsOf. */
export const dnsServersOf = derived((evidence: Evidence): readonly DnsServer[] => {
  const all = evidence.paths.filter(
    (path) => path.path.to.kind === 'dns-server' && path.path.to.service === null && !isSpare(evidence.cluster, path),
  );
  const grouped = Map.groupBy(all, ({ path: { to } }) => ('address' in to ? to.address : ''));
  return [...grouped].flatMap(([address, paths]): DnsServer[] => {
    const to = paths[0]?.path.to;
    if (to?.kind !== 'dns-server') return [];
    const { pod, node } = to;
    return [
      {
        pod,
        node,
        address,
        client: pod === null ? (paths[0]?.from.of ?? null) : null,
        asked: paths.filter((path) => isUnobstructed(evidence, path, pod, node)),
        all: paths.filter((path) => path.state !== 'unmeasured'),
      },
    ];
  });
});

/** The pods behind the cluster's DNS Service alone. */
export function replicasOf(evidence: Evidence): readonly DnsServer[] {
  return dnsServersOf(evidence).filter(({ pod }) => pod !== null);
}

/** One plain question for addresses: A, as every client asks it. */
export function isPlainQuery({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.transport === 'udp' && probe.type === 'A';
}

function isUnobstructed(evidence: Evidence, path: PathEvidence, pod: ObjectName | null, node: string | null): boolean {
  if (!isPlainQuery(path) || path.state === 'unmeasured' || expectationOf(evidence, path).verdict === 'deny')
    return false;
  return pod === null || (path.from.kind === 'control' && isConnected(evidence, path.from.node, node));
}

/** Where this pair was not measured itself, as in a part of a large mesh, the others to the same node tell. */
function isConnected(evidence: Evidence, from: string | null, to: string | null): boolean {
  return areConnected(evidence, from, to) ?? !isCutOff(evidence, to);
}

/** No vantage got an answer, and at least one that nothing else is in the way of asked. */
export function isDeadServer({ asked }: DnsServer): boolean {
  return asked.length > 0 && asked.every(isBroken);
}

export function isLiveServer({ all }: DnsServer): boolean {
  return all.some(isWorking);
}

export function nameOfServer({ pod, address }: DnsServer): string {
  return pod?.name ?? address;
}

/** Questions that a control on the server's own node is known to be answered beside. */
export function besideServer(evidence: Evidence, { asked, node }: DnsServer): readonly PathEvidence[] {
  return asked.filter(({ from }) => areConnected(evidence, from.node, node) === true);
}

/** Plain queries of neutral vantages to the DNS Service's own address. */
export function frontsOf(evidence: Evidence): readonly PathEvidence[] {
  return evidence.paths.filter(
    (path) =>
      isPlainQuery(path) &&
      path.from.kind === 'control' &&
      path.path.to.kind === 'dns-server' &&
      path.path.to.service !== null &&
      path.state !== 'unmeasured',
  );
}

/** Paths that suffer where a server or the DNS Service fails: queries to the Service, and getaddrinfo. */
export function frontPaths(evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter((path) => {
    const { to } = path.path;
    const isTroubled = path.unanswered.length > 0 || path.modes.some((mode) => mode.ms >= evidence.slowAfterMs);
    return isTroubled && ((to.kind === 'dns-server' && to.service !== null) || to.kind === 'resolver');
  });
}

/** RES_TIMEOUT of glibc (resolv/resolv.h), where no resolver's options were read; milliseconds. */
const GLIBC_TIMEOUT_MS = 5000;

/** The first wait of the resolver of those who ask by name, by the options that stand in its resolv.conf; milliseconds. */
export function resolverWaitMs(evidence: Evidence): number {
  const client = [...evidence.agents.values()].find(({ underTest, identity }) => underTest && !identity.hostNetwork);
  const hello = hellosOf(evidence).get(client?.id ?? '');
  return resolverSeries(hello?.resolver)[0] ?? GLIBC_TIMEOUT_MS;
}
