/** The Service whose address pods have as their nameserver. */
import type { ObjectName, Service } from '../model/cluster.ts';

/** Names under which distributions install it: kubeadm and most others, CoreDNS charts, RKE2, OpenShift. */
const NAMES = new Set(['kube-dns', 'coredns', 'rke2-coredns-rke2-coredns', 'rke2-coredns', 'dns-default']);
const NAMESPACES = new Set(['kube-system', 'openshift-dns']);

/** null where no Service looks like it; the agents' resolv.conf tells more (Hello.resolver). */
export function findDnsService(services: readonly Service[]): ObjectName | null {
  const candidates = services.filter(
    (each) =>
      NAMESPACES.has(each.namespace) && each.clusterIps.length > 0 && each.ports.some(({ port }) => port === 53),
  );
  const found =
    candidates.find(({ name }) => name === 'kube-dns' || name === 'dns-default') ??
    candidates.find(({ labels }) => labels['k8s-app'] === 'kube-dns') ??
    candidates.find(({ name }) => NAMES.has(name));
  return found === undefined ? null : { namespace: found.namespace, name: found.name };
}
