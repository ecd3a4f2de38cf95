/** How a cluster comes to enforce its policies, by what carries its pods (policy reference 1.1 and 1.5). */
import type { Networking } from '../../model/cluster.ts';
import type { Finding } from '../../model/verdict.ts';

const SWITCHES: Readonly<Record<string, string>> = {
  flannel:
    'flannel moves packets and enforces nothing: install its chart with netpol.enabled=true (kube-network-policies, from 0.25.5), or put Canal in its place',
  aws: 'switch on network policies of the AWS VPC CNI (enable-network-policy=true of its agent, or the setting of the EKS add-on)',
  kindnet: 'start kindnet without -network-policy=false',
  cilium: 'set enable-policy of ConfigMap cilium-config to default',
  'kube-router': 'start kube-router with --run-firewall=true',
};

export function enforceFix({ cni, enforcer }: Networking): Finding['fix'] {
  const how =
    enforcer === 'none' ? SWITCHES[cni] : `look at the pods and logs of ${enforcer}, which should enforce them`;
  const says = how ?? 'install a network plugin, or an enforcer beside it, that implements NetworkPolicy';
  return {
    says: `Either ${says}; or delete the policies, which only look like protection. All of them begin to work at once: ask for the clients that matter with --from before and after.`,
    manifest: null,
  };
}
