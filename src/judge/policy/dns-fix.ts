/** Egress to DNS, by the DNS Service that this cluster really has (policy reference 3.2). */
import type { Cluster, NetworkPolicy, Service } from '../../model/cluster.ts';
import { blockOf, isSameAddress } from './address.ts';
import { fixOf, networkPolicy, podsOf, selectorOf } from './manifest.ts';
import type { Fix } from './manifest.ts';
import type { Peer, PolicyPort } from './select.ts';
import { slicesOf } from '../../model/service-slices.ts';

export interface DnsQuestion {
  readonly cluster: Cluster;
  /** The policy at fault: it isolates the client's egress. */
  readonly policy: NetworkPolicy;
  /** The nameservers in the client's resolv.conf; empty: not known, taken to be the DNS Service. */
  readonly servers: readonly string[];
}

/** null: neither a DNS Service nor a nameserver is known. */
export function allowDns({ cluster, policy, servers }: DnsQuestion): Fix | null {
  const service = cluster.services.find(
    (each) => each.namespace === cluster.dnsService?.namespace && each.name === cluster.dnsService.name,
  );
  const isService = (address: string) => service?.clusterIps.some((ip) => isSameAddress(ip, address)) ?? false;
  const others = servers.filter((address) => !isService(address));
  const asksService = servers.length === 0 || others.length < servers.length;
  const rules = [
    ...(service !== undefined && asksService
      ? [{ peers: podsBehind(cluster, service), ports: portsBehind(cluster, service) }]
      : []),
    { peers: blocks(others), ports: bothProtocols(53) },
  ].filter((rule) => rule.peers.length > 0);
  if (rules.length === 0) return null;
  const object = networkPolicy({
    cluster,
    namespace: policy.namespace,
    name: 'allow-dns',
    podSelector: selectorOf(policy),
    direction: 'egress',
    rules,
  });
  const says = [
    'Let the pods of this policy ask DNS, over UDP and TCP (long answers need TCP).',
    ...(others.length > 0 ? [`Their nameserver ${others.join(', ')} is no pod, so it is named by address.`] : []),
  ];
  return fixOf(object, says.join(' '));
}

/** A Service without selector has endpoints that somebody else wrote: addresses are all there is. */
function podsBehind(cluster: Cluster, service: Service): readonly Peer[] {
  if (Object.keys(service.selector).length > 0) return [podsOf(service.namespace, service.selector)];
  return blocks(slicesOf(cluster, service).flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.address)));
}

/** The containers' ports, not the Service's: 5353 on OpenShift. */
function portsBehind(cluster: Cluster, service: Service): readonly PolicyPort[] {
  const fronts = service.ports.filter((each) => each.port === 53);
  const backs = fronts.map((front) => {
    const behind = slicesOf(cluster, service).flatMap((slice) => slice.ports);
    const same = behind.find((each) => (each.name ?? '') === (front.name ?? '') && each.protocol === front.protocol);
    return same?.port ?? front.targetPort;
  });
  return [...new Set(backs.length > 0 ? backs : [53])].flatMap(bothProtocols);
}

function bothProtocols(port: number | string): PolicyPort[] {
  return [
    { protocol: 'UDP', port },
    { protocol: 'TCP', port },
  ];
}

function blocks(addresses: readonly string[]): Peer[] {
  const found = addresses.map(blockOf).filter((block) => block !== null);
  return [...new Set(found)].map((cidr) => ({ ipBlock: { cidr } }));
}
