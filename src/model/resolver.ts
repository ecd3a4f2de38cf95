/** The resolv.conf that the kubelet writes for a pod, as far as the API tells. Pure. */
import type { Cluster, Pod } from './cluster.ts';

/** The domain that kubeadm and most distributions set. */
const USUAL_DOMAIN = 'cluster.local';
/** What the kubelet gives pods that use the cluster's DNS (pkg/kubelet/network/dns: defaultDNSOptions). */
const CLUSTER_OPTIONS = ['ndots:5'] as const;
/** Without the option (resolv.conf(5)). */
const USUAL_NDOTS = 1;
/** The kubelet leaves out what libc would not read (MaxDNSNameservers, as MAXNS of glibc). */
const MOST_NAMESERVERS = 3;

export interface PodResolver {
  /**
   * What comes first: the DNS Service, the node's own file, or nothing. A node's file is not in the API: of its nameservers, domains and
   * options nothing is known, and what `dnsConfig` adds comes after them.
   */
  readonly base: 'cluster' | 'node' | 'none';
  /** In their order, those of the node left out. */
  readonly nameservers: readonly string[];
  /** Search domains in their order; what nodes add to those of the cluster is left out. */
  readonly searches: readonly string[];
  /** As they stand in the file, e.g. `timeout:1`. */
  readonly options: readonly string[];
  /** null: as the node has it. */
  readonly ndots: number | null;
}

/** The domain of the cluster's own names. */
export function domainOf({ dnsDomain = USUAL_DOMAIN }: Pick<Cluster, 'dnsDomain'>): string {
  return dnsDomain;
}

/** Where the kubelet gives pods another address than the DNS Service's (a node-local cache), only an agent's hello tells. */
export function resolverOf(
  cluster: Pick<Cluster, 'services' | 'dnsService' | 'dnsDomain'>,
  pod: Pick<Pod, 'namespace' | 'hostNetwork' | 'dnsPolicy' | 'dnsConfig'>,
): PodResolver {
  const addresses = dnsAddresses(cluster);
  const base = baseOf(pod, addresses);
  const isCluster = base === 'cluster';
  const { nameservers = [], searches = [], options = [] } = pod.dnsConfig ?? {};
  const allOptions = merged(isCluster ? CLUSTER_OPTIONS : [], options);
  return {
    base,
    nameservers: unique([...(isCluster ? addresses : []), ...nameservers]).slice(0, MOST_NAMESERVERS),
    searches: unique([...(isCluster ? clusterSearches(pod.namespace, domainOf(cluster)) : []), ...searches]),
    options: allOptions,
    ndots: ndotsOf(allOptions) ?? (base === 'node' ? null : USUAL_NDOTS),
  };
}

/** ClusterFirst on the host network, and where the kubelet knows no DNS Service, is what Default is. */
function baseOf(
  { dnsPolicy = 'ClusterFirst', hostNetwork }: Pick<Pod, 'dnsPolicy' | 'hostNetwork'>,
  dns: readonly string[],
): PodResolver['base'] {
  if (dnsPolicy === 'None') return 'none';
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork)) return 'node';
  return dns.length > 0 ? 'cluster' : 'node';
}

function dnsAddresses({ services, dnsService }: Pick<Cluster, 'services' | 'dnsService'>): readonly string[] {
  const found = services.find((each) => each.namespace === dnsService?.namespace && each.name === dnsService.name);
  return found?.clusterIps ?? [];
}

function clusterSearches(namespace: string, domain: string): string[] {
  return [`${namespace}.svc.${domain}`, `svc.${domain}`, domain];
}

/** The later value of one option wins. */
function merged(base: readonly string[], own: readonly string[]): string[] {
  const byName = new Map([...base, ...own].map((option) => [option.split(':')[0] ?? option, option]));
  return [...byName.values()];
}

function ndotsOf(options: readonly string[]): number | null {
  const value = Number(options.find((each) => each.startsWith('ndots:'))?.slice('ndots:'.length) ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? value : null;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
