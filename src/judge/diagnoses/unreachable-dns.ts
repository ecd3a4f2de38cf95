import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { frontsOf, isDeadServer, nameOfServer, replicasOf } from '../views/dns.ts';
import { meshOf } from '../views/mesh.ts';
import { behaviour, line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'unreachable-dns',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'No DNS server answers',
  why: 'Every lookup waits for the resolver to give up: 10 s with one nameserver in glibc (two tries of 5 s), times the number of names of the search list that it tries.',
  test: 'The same query goes to the DNS Service and to each replica directly, over UDP and TCP, from every node. None answers, while the nodes answer each other.',
  remedy:
    'Bring the DNS pods back (their logs, their readiness, their node), or the Service rules where only the ClusterIP fails.',
  limits: 'Names that an application caches keep working for a while. DNS outside the cluster is not asked.',
  experiments: ['dns-servers', 'dns-transports', 'client-resolution', 'node-pairs'],
  suspects: ({ cluster: { dnsService } }) => (dnsService === null ? [] : [dnsService]),
  arm: (_service, evidence) => {
    const [fronts, replicas] = [frontsOf(evidence), replicasOf(evidence)];
    const isExplained = isServiceOnly(evidence) || replicas.length === 0 || replicas.some(isDeadServer);
    return { paths: fronts, fails: fronts.length > 0 && fronts.every(isBroken) && isExplained };
  },
  contrasts: (_service, evidence) => {
    const { pairs } = meshOf(evidence);
    const working = pairs.filter(({ path }) => isWorking(path));
    return pairs.length === 0
      ? []
      : [
          {
            label: 'Nodes',
            holds: working.length > 0,
            says: `${working.length} of ${pairs.length} node pairs answer each other`,
            attempts: working.flatMap(({ path }) => path.answered).slice(0, 10),
            settles: 'Connect between probe pods of the nodes.',
          },
        ];
  },
  suffer: (_service, evidence) => [
    ...evidence.paths.filter((path) => path.path.to.kind === 'resolver' && isBroken(path)),
    ...replicasOf(evidence).flatMap(({ all }) => all.filter(isBroken)),
    ...evidence.paths.filter(
      ({ path: { to }, answered }) => to.kind === 'dns-server' && to.service !== null && answered.length === 0,
    ),
  ],
  blame: (service, evidence) => {
    const replicas = replicasOf(evidence);
    return {
      title: `No DNS: ${service.namespace}/${service.name} does not answer, ${reasonFor(evidence)}`,
      object: { kind: 'Service', ...service },
      where: { from: 'all nodes', to: `${service.namespace}/${service.name}` },
      timer: { name: 'resolver gives up (glibc: 2 tries of 5 s)', ms: 10_000 },
      lines: [
        line(
          'Servers',
          replicas.length === 0
            ? 'none is ready'
            : replicas
                .map(
                  (each) =>
                    `${nameOfServer(each)}: ${each.all[0] === undefined ? 'not measured' : behaviour(each.all[0])}`,
                )
                .join('; '),
        ),
      ],
      fix: { says: remedyFor(evidence), manifest: null },
    };
  },
});

function isServiceOnly(evidence: Evidence): boolean {
  return replicasOf(evidence).some(({ all }) => all.some(isWorking));
}

function reasonFor(evidence: Evidence): string {
  const replicas = replicasOf(evidence);
  if (replicas.length === 0) return 'it has no endpoint';
  if (isServiceOnly(evidence)) return 'its pods answer when asked directly, its ClusterIP does not';
  return `none of its ${replicas.length} pods answers`;
}

function remedyFor(evidence: Evidence): string {
  const { namespace, name } = evidence.cluster.dnsService ?? { namespace: 'kube-system', name: 'kube-dns' };
  if (isServiceOnly(evidence))
    return `The rules for the ClusterIP are missing on the nodes: look at kube-proxy's pods and logs, then restart it.`;
  return `kubectl -n ${namespace} get pods,endpointslices -l kubernetes.io/service-name=${name} and bring the DNS pods back.`;
}
