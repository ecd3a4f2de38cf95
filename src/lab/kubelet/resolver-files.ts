/** /etc/resolv.conf and /etc/hosts of a pod. Pure. */
import type { KubeObject } from '../model.ts';
import { RANGES, familyOf } from '../network/address-plan.ts';

/** kubelet's clusterDNS as kubeadm sets it: of the family of the node's first address. */
function clusterDns(nodeAddress: string): string {
  return RANGES[familyOf(nodeAddress)].dnsService;
}

/** What a node's own resolv.conf says, for dnsPolicy Default. */
export function nodeResolvConf(nodeAddress: string): string {
  return `nameserver ${clusterDns(nodeAddress)}\n`;
}

interface Node {
  /** Content of its resolv.conf, used by policy Default and by hostNetwork pods. */
  readonly nodeFile: string;
  readonly clusterDomain: string;
  /** The node's first. */
  readonly address: string;
}

export function resolvConf(pod: KubeObject, { nodeFile, clusterDomain, address }: Node): string {
  const { dnsPolicy, dnsConfig, hostNetwork } = pod['spec'];
  const isCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true);
  const base =
    dnsPolicy === 'None'
      ? EMPTY
      : isCluster
        ? clusterResolver(pod.metadata.namespace ?? 'default', clusterDomain, clusterDns(address))
        : parseResolvConf(nodeFile);
  const servers = [...new Set([...base.servers, ...((dnsConfig?.nameservers ?? []) as string[])])];
  const search = [...new Set([...base.search, ...((dnsConfig?.searches ?? []) as string[])])];
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? option, option]));
  for (const { name, value } of (dnsConfig?.options ?? []) as { name: string; value?: string }[]) {
    options.set(name, value === undefined ? name : `${name}:${value}`);
  }
  return [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.size > 0 ? [`options ${[...options.values()].join(' ')}`] : []),
    '',
  ].join('\n');
}

/** The pod's own name for its own address, and its hostAliases. */
export function hostsFile(
  pod: KubeObject,
  about: { addresses: readonly string[]; hostname: string; clusterDomain: string },
): string {
  const { hostAliases, subdomain } = pod['spec'];
  const full = subdomain ? `${about.hostname}.${subdomain}.${pod.metadata.namespace}.svc.${about.clusterDomain}\t` : '';
  const aliases = ((hostAliases ?? []) as { ip: string; hostnames?: string[] }[]).map(
    ({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`,
  );
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    ...about.addresses.map((address) => `${address}\t${full}${about.hostname}`),
    ...aliases,
    '',
  ].join('\n');
}

interface Resolver {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

const EMPTY: Resolver = { servers: [], search: [], options: [] };

function clusterResolver(namespace: string, domain: string, server: string): Resolver {
  const search = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { servers: [server], search, options: ['ndots:5'] };
}

function parseResolvConf(text: string): Resolver {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const values = (name: string): string[] => lines.filter(([first]) => first === name).flatMap(([, ...rest]) => rest);
  return { servers: values('nameserver'), search: values('search'), options: values('options') };
}
