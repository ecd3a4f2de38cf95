/** The cluster's DNS as kubeadm installs it: CoreDNS replicas, spread over the nodes, behind 10.96.0.10. */
import type { Topology } from '../model.ts';
import type { Manifest } from '../scenario/manifest.ts';
import { RANGES } from '../network/address-plan.ts';
import { LAB_IMAGE } from './image.ts';

const LABELS = { 'k8s-app': 'kube-dns' };

/** Manifests, in the order in which they are made. */
export function dnsManifests({
  dnsReplicas,
  clusterDomain,
  families,
}: Pick<Topology, 'dnsReplicas' | 'clusterDomain' | 'families'>): Manifest[] {
  const metadata = { name: 'coredns', namespace: 'kube-system', labels: LABELS };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'coredns', namespace: 'kube-system' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: { ...LABELS, 'kubernetes.io/name': 'CoreDNS', 'kubernetes.io/cluster-service': 'true' },
      },
      spec: {
        // Of one family also where the cluster has two: so kubeadm does it.
        clusterIP: RANGES[families[0]].dnsService,
        selector: LABELS,
        ports: [
          { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'coredns', namespace: 'kube-system' },
      data: { Corefile: corefile(clusterDomain) },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deployment(dnsReplicas) },
  ];
}

function deployment(replicas: number): object {
  return {
    replicas,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        serviceAccountName: 'coredns',
        priorityClassName: 'system-cluster-critical',
        // Not its own client, as CoreDNS is installed.
        dnsPolicy: 'Default',
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: LABELS },
          },
        ],
        containers: [
          {
            name: 'coredns',
            image: LAB_IMAGE,
            imagePullPolicy: 'IfNotPresent',
            command: ['coredns'],
            ports: [
              { name: 'dns', containerPort: 53, protocol: 'UDP' },
              { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
            ],
            readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
          },
        ],
      },
    },
  };
}

/** As kubeadm writes it, less what says nothing here. The lab's own server does not read it. */
function corefile(domain: string): string {
  return `.:53 {
    errors
    ready
    kubernetes ${domain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf
    cache 30
}
`;
}
