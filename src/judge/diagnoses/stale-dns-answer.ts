import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import { list } from '../../model/format.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { dnsServersOf, frontPaths, nameOfServer } from '../views/dns.ts';
import type { DnsServer } from '../views/dns.ts';

export default defineDiagnosis({
  id: 'stale-dns-answer',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'One DNS server does not know what the others know',
  why: 'A replica that has lost its watch of the API goes on answering from what it knew: new Services do not exist for it, and a headless Service has the pods of yesterday. Half of the lookups say "no such host" at once, or lead to addresses where nobody is, and the pod is Ready.',
  test: 'The same name is asked of each DNS server: one says NXDOMAIN (or nothing) where its siblings give the address, or gives addresses that the Service and its EndpointSlices do not have, where its siblings give those.',
  remedy: 'Delete that pod; then look at its log for what cut it from the API server.',
  limits:
    'Only the names that were asked are compared. Where all servers give pods that the API does not have, it is a mere possibility: they may have changed meanwhile, and answers are kept for up to 30 s. Where all give what is not the ClusterIP, it is likely. Servers of different domains (a resolver outside beside one of the cluster) differ by design.',
  experiments: ['dns-servers', 'record-types'],
  suspects: (evidence) => dnsServersOf(evidence).filter(({ pod }) => pod !== null),
  arm: (server, evidence) => {
    const ignorant = ignorantOf(server, evidence);
    return { paths: ignorant, fails: ignorant.length > 0 };
  },
  contrasts: (server, evidence) => {
    const others = dnsServersOf(evidence).filter((each) => each !== server && each.pod !== null);
    const knowing = others.filter(
      (each) => each.asked.some(({ answered }) => answered.length > 0) && ignorantOf(each, evidence).length === 0,
    );
    // Against the API alone an answer may only be a few seconds late.
    const isOutdated = ignorantOf(server, evidence).some(hasAddresses);
    return [
      {
        label: 'Others',
        holds: knowing.length > 0 ? true : others.length === 0 || isOutdated ? null : false,
        says: `${list(knowing.map(nameOfServer))} ${knowing.length === 1 ? 'knows' : 'know'} it`,
        attempts: knowing.flatMap(({ asked }) => asked.flatMap(({ answered }) => answered)).slice(0, 10),
        settles: 'Ask the other DNS servers for the same name.',
      },
      ...(isOutdated && knowing.length === 0 ? [lastingContrast(evidence)] : []),
    ];
  },
  suffer: (_server, evidence) => [
    ...frontPaths(evidence),
    ...evidence.paths.filter(
      ({ path: { to, id } }) => to.kind === 'dns-server' && to.service !== null && evidence.differences.has(id),
    ),
  ],
  blame: (server, evidence) => {
    const says =
      ignorantOf(server, evidence).flatMap(({ path }) => evidence.differences.get(path.id)?.says ?? [])[0] ?? '';
    return {
      title: `DNS server ${nameOfServer(server)} answers ${says}`,
      object: server.pod === null ? null : { kind: 'Pod', ...server.pod },
      where: { from: 'all nodes', to: server.node ?? server.address },
      fix: {
        says: areAlike(evidence)
          ? `All servers say so: look for what answers in their place (hosts, rewrite or template in their configuration: kubectl -n ${server.pod?.namespace} get configmaps -o yaml).`
          : `kubectl -n ${server.pod?.namespace} delete pod ${server.pod?.name}; then look at its log for what cut it from the API server.`,
        manifest: null,
      },
    };
  },
});

/** Pods behind a headless Service come and go; the ClusterIP of a Service is the same as long as that lives (core/v1, Service.spec.clusterIP). */
function lastingContrast({ target }: Evidence): Contrast {
  return {
    label: 'Lasting',
    holds: (target.service?.clusterIp ?? null) === null ? null : true,
    says: 'the ClusterIP of a Service does not change while it lives, so it is no answer of a moment ago',
    attempts: [],
    settles: 'Ask again in a minute: servers keep an answer for 30 s or less.',
  };
}

/** Every server that was asked answers so: none of them is the odd one. */
function areAlike(evidence: Evidence): boolean {
  return dnsServersOf(evidence)
    .filter(({ pod, all }) => pod !== null && all.length > 0)
    .every((each) => ignorantOf(each, evidence).length > 0);
}

function ignorantOf({ all }: DnsServer, evidence: Evidence): PathEvidence[] {
  return all.filter((path) => {
    const difference = evidence.differences.get(path.path.id);
    // What a server could not find out itself is no knowledge of its own (RFC 1035, 4.1.1: SERVFAIL).
    return difference?.isAlways === true && !difference.attempts.some(({ sample }) => sample.dns?.rcode === 'SERVFAIL');
  });
}

function hasAddresses({ answered }: PathEvidence): boolean {
  return answered.some(({ sample }) => (sample.dns?.answers.length ?? 0) > 0);
}
