/** The domain of the cluster's own names, as CoreDNS is told to serve it: no API object has it, and only kubelets know it otherwise. */
import type { ObjectName } from '../model/cluster.ts';

/** Under the names that distributions give it: kubeadm and most others, RKE2. Beside the DNS Service. */
export const DNS_CONFIG_MAPS = ['coredns', 'rke2-coredns-rke2-coredns'] as const;

type ReadConfigMap = (name: ObjectName) => Promise<Readonly<Record<string, string>> | null>;

/** Where clusters have it, if no DNS Service is known. */
const USUAL_NAMESPACE = 'kube-system';

/** null where no Corefile tells, and the usual domain has to do. */
export async function findDnsDomain(dnsService: ObjectName | null, read: ReadConfigMap): Promise<string | null> {
  const namespace = dnsService?.namespace ?? USUAL_NAMESPACE;
  const found = await Promise.all(DNS_CONFIG_MAPS.map((name) => read({ namespace, name })));
  return found.flatMap((data) => domainIn(data?.['Corefile'] ?? '') ?? [])[0] ?? null;
}

/**
 * `kubernetes ZONE [ZONE...]` (CoreDNS, plugin/kubernetes, "Syntax"): the first zone that is not one of reverse lookups. Without a zone the plugin
 * takes those of its server block, which kubeadm's file leaves at the root: then nothing is told.
 */
export function domainIn(corefile: string): string | null {
  const lines = corefile.split('\n').map((line) => line.replace(/#.*$/u, '').trim().split(/\s+/u));
  const zones = lines.flatMap(([plugin, ...rest]) => (plugin === 'kubernetes' ? rest : []));
  const domain = zones.find((zone) => /^[\w.-]+$/u.test(zone) && !/\.arpa\.?$/u.test(zone) && zone !== '.');
  return domain?.replace(/\.$/u, '').toLowerCase() ?? null;
}
