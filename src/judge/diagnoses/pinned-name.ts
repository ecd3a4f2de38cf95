import type { Pod } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import { named } from '../../model/named.ts';
import { domainOf } from '../../model/resolver.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { line } from '../words/words.ts';

/** A name of the target that pods of the client have an address of their own for. */
interface Pin {
  readonly hostname: string;
  readonly address: string;
  readonly pods: readonly Pod[];
}

export default defineDiagnosis<Pin>({
  id: 'pinned-name',
  class: 'dns-fallback',
  layer: 'dns',
  title: "The client's hostAliases lead the name elsewhere",
  why: 'hostAliases are lines of /etc/hosts in a pod, which nearly every resolver reads before it asks DNS. An address that was right when they were written stays there when the Service is made anew, and this client alone goes to nobody, or to somebody else, while DNS, the Service and every other client are well.',
  test: 'The names of the target are looked for in hostAliases of the client’s pods, and their addresses are held against those that the target has: ClusterIP, endpoints, load balancer, proxies.',
  remedy: 'Take the line out of hostAliases, or put the present address there.',
  limits:
    'What the pod template says, not what the process does: likely at most. Lines that an image or an init container has written into /etc/hosts are seen by --inside alone. An address that stands for a host in a way that the cluster does not tell (a proxy outside) looks the same, so of hosts it is a mere possibility.',
  experiments: ['client-resolution', 'service-address'],
  suspects: pinsOf,
  // A host may well have a way in that the cluster does not know; a Service's own name has none.
  arm: (_pin, { target }) => ({ paths: [], fails: target.kind === 'service' ? true : null }),
  contrasts: ({ hostname, pods: [pod] }) => [
    {
      label: 'Hosts file',
      holds: null,
      says: '',
      attempts: [],
      settles: `kubectl -n ${pod?.namespace} exec ${pod?.name} -- getent hosts ${hostname}`,
    },
  ],
  blame: ({ hostname, address, pods }, evidence) => {
    const [pod] = pods;
    const { from } = evidence.target;
    const known = knownAddresses(evidence);
    return {
      title: `hostAliases of ${from?.namespace}/${from?.workload} lead ${hostname} to ${address}, which ${evidence.target.input} does not have`,
      object:
        pod === undefined
          ? null
          : { kind: pod.owner?.kind ?? 'Pod', namespace: pod.namespace, name: pod.owner?.name ?? pod.name },
      where: null,
      lines: [
        line(
          'Who',
          `${count(pods.length, 'pod')} of the client ${pods.length === 1 ? 'has' : 'have'} it in /etc/hosts`,
        ),
        line('It has', list(known, 6)),
      ],
      fix: {
        says: `Take ${hostname} out of spec.hostAliases of the client's pod template, and let DNS answer.`,
        manifest: null,
      },
    };
  },
});

function pinsOf(evidence: Evidence): Pin[] {
  const { cluster, target } = evidence;
  const names = new Set(namesOf(evidence));
  const known = new Set(knownAddresses(evidence));
  if (known.size === 0) return [];
  const pods = (target.from?.pods ?? []).flatMap((name) => named(cluster.pods, name) ?? []);
  const pins = pods.flatMap((pod) =>
    (pod.hostAliases ?? []).flatMap(({ address, hostnames }) =>
      hostnames
        .filter((hostname) => names.has(hostname.toLowerCase()) && !known.has(address))
        .map((hostname) => ({ hostname, address, pod })),
    ),
  );
  const [first] = pins;
  // Several spellings of one name are one mistake.
  return first === undefined
    ? []
    : [{ hostname: first.hostname, address: first.address, pods: [...new Set(pins.map(({ pod }) => pod))] }];
}

/** As clients of that namespace may write it. */
function namesOf({ cluster, target: { host, service, from } }: Evidence): string[] {
  const written = host === null ? [] : [host];
  if (service === null) return written;
  const { namespace, name } = service;
  const whole = `${name}.${namespace}.svc.${domainOf(cluster)}`;
  const spelt = [
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    whole,
    ...(from?.namespace === namespace ? [name] : []),
  ];
  return [...written, ...spelt].map((each) => each.toLowerCase());
}

/** All addresses that a client of the target may well use. */
function knownAddresses({ cluster, target: { service, entries, direct } }: Evidence): string[] {
  const own = named(cluster.services, service);
  const backends = [...(service?.backends ?? []), ...(service?.other?.backends ?? []), ...direct];
  return [
    ...new Set([
      ...(own?.clusterIps ?? []),
      ...(own?.externalAddresses ?? []),
      ...backends.map(({ address }) => address),
      ...entries.map(({ address }) => address),
    ]),
  ];
}
