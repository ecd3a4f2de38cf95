import type { Evidence } from '../evidence/evidence.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import { isBroken, isWorking } from '../views/hops.ts';
import { behaviour, line, pathLines, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isDeadReplica, replicasOf } from '../views/dns.ts';

export default defineDiagnosis({
  id: 'unreachable-dns',
  class: 'dns-fallback',
  title: 'No DNS server answers',
  why: 'Every lookup waits for the resolver to give up: 10 s with one nameserver in glibc (two tries of 5 s), times the number of names of the search list that it tries.',
  test: 'The same query goes to the DNS Service and to each replica directly, over UDP and TCP, from every node. None answers, while the nodes answer each other.',
  remedy:
    'Bring the DNS pods back (their logs, their readiness, their node), or the Service rules where only the ClusterIP fails.',
  limits: 'Names that an application caches keep working for a while. DNS outside the cluster is not asked.',
  maskedBy: ['broken-overlay'],
  find(evidence) {
    const service = evidence.cluster.dnsService;
    const fronts = frontsOf(evidence);
    if (service === null || fronts.length === 0 || !fronts.every(isBroken)) return [];
    const replicas = replicasOf(evidence);
    const isServiceOnly = replicas.some((replica) => replica.all.some(isWorking));
    const dead = replicas.filter(isDeadReplica);
    if (!isServiceOnly && replicas.length > 0 && dead.length === 0) return [];
    const resolvers = evidence.paths.filter((path) => path.path.to.kind === 'resolver' && isBroken(path));
    const accounts = [...fronts, ...resolvers, ...replicas.flatMap((replica) => replica.all.filter(isBroken))];
    const explained = explain(evidence, accounts, anyDelay);
    const reason =
      replicas.length === 0
        ? 'it has no endpoint'
        : isServiceOnly
          ? 'its pods answer when asked directly, its ClusterIP does not'
          : `none of its ${replicas.length} pods answers`;
    return [
      {
        certainty: 'proven' as const,
        title: `No DNS: ${service.namespace}/${service.name} does not answer, ${reason}`,
        object: { kind: 'Service', ...service },
        where: { from: 'all nodes', to: `${service.namespace}/${service.name}` },
        timer: { name: 'resolver gives up (glibc: 2 tries of 5 s)', ms: 10_000 },
        evidence: [
          ...sight(evidence, explained),
          ...pathLines('Where', fronts),
          line(
            'Servers',
            replicas.length === 0
              ? 'none is ready'
              : replicas
                  .map(
                    (replica) =>
                      `${replica.name.name}: ${replica.all[0] === undefined ? 'not measured' : behaviour(replica.all[0])}`,
                  )
                  .join('; '),
          ),
        ],
        fix: { says: remedyFor(evidence, isServiceOnly), manifest: null },
        wouldSettle: null,
        accounts: accounts.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

/** Plain queries of neutral vantages to the Service's own address. */
function frontsOf(evidence: Evidence): Evidence['paths'] {
  return evidence.paths.filter((path) => {
    const { to, probe } = path.path;
    const isPlain = probe.kind === 'dns' && probe.transport === 'udp' && probe.type === 'A';
    return (
      isPlain &&
      path.from.kind === 'control' &&
      to.kind === 'dns-server' &&
      to.service !== null &&
      path.state !== 'unmeasured'
    );
  });
}

function remedyFor(evidence: Evidence, isServiceOnly: boolean): string {
  const { namespace, name } = evidence.cluster.dnsService ?? { namespace: 'kube-system', name: 'kube-dns' };
  if (isServiceOnly)
    return `The rules for the ClusterIP are missing on the nodes: look at kube-proxy's pods and logs, then restart it.`;
  return `kubectl -n ${namespace} get pods,endpointslices -l kubernetes.io/service-name=${name} and bring the DNS pods back.`;
}
