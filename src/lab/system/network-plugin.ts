/** What shows which network plugin a cluster has: the lab's own network code, under the names of those it stands for. */
import type { Manifest } from '../scenario/manifest.ts';
import type { Topology } from '../model.ts';
import { LAB_IMAGE } from './image.ts';

/** DaemonSet of each profile; k3s, for which kube-router's stands, has its network inside the node's own binary. */
const DAEMON_SETS: Readonly<Record<Topology['profile'], string | null>> = {
  calico: 'canal',
  flannel: 'kube-flannel-ds',
  'kube-router': null,
};

/** Manifests for kube-system. */
export function networkPluginManifests({ profile }: Topology): Manifest[] {
  const name = DAEMON_SETS[profile];
  return [proxyConfiguration(), ...(name === null ? [] : [daemonSet(name)])];
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

function daemonSet(name: string): Manifest {
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
          containers: [{ name, image: LAB_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['sleep', 'infinity'] }],
        },
      },
    },
  };
}
