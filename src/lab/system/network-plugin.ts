/** What shows which network plugin a cluster has: the lab's own network code, under the names of those it stands for. */
import type { Manifest } from '../scenario/manifest.ts';
import type { Topology } from '../model.ts';
import { LAB_IMAGE } from './image.ts';

interface Plugin {
  readonly name: string;
  readonly args?: readonly string[];
}

const FLANNEL: Plugin = { name: 'kube-flannel-ds' };

/** DaemonSets of each profile; k3s has its network inside the node's own binary. */
const PLUGINS: Readonly<Record<Topology['profile'], readonly Plugin[]>> = {
  calico: [{ name: 'canal' }],
  flannel: [FLANNEL],
  'kube-router': [
    FLANNEL,
    // The firewall only: flannel moves the packets.
    { name: 'kube-router', args: ['--run-router=false', '--run-firewall=true', '--run-service-proxy=false'] },
  ],
  k3s: [],
  'kube-network-policies': [FLANNEL, { name: 'kube-network-policies' }],
};

/** Manifests for kube-system. */
export function networkPluginManifests({ profile }: Topology): Manifest[] {
  return [proxyConfiguration(), ...PLUGINS[profile].map(daemonSet)];
}

function proxyConfiguration(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-proxy', namespace: 'kube-system' },
    data: {
      'config.conf': 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n',
    },
  };
}

function daemonSet({ name, args }: Plugin): Manifest {
  const labels = { 'k8s-app': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name,
              image: LAB_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              // The arguments are there to be read: they become a shell's own, which it does not look at.
              command: ['sh', '-c', 'exec sleep infinity', name],
              ...(args === undefined ? {} : { args }),
            },
          ],
        },
      },
    },
  };
}
