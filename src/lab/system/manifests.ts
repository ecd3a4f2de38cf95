/** What is in every cluster of the lab before a scenario's own objects. */
import { RANGES } from '../network/address-plan.ts';
import type { Manifest } from '../scenario/manifest.ts';
import type { Family, Topology } from '../model.ts';
import { dnsManifests } from './dns.ts';
import { ingressManifests } from './ingress.ts';
import { networkPluginManifests } from './network-plugin.ts';

/** In the order in which they are made. */
export function systemManifests(topology: Topology): Manifest[] {
  return [
    apiServerEndpoint(topology.families[0]),
    ...networkPluginManifests(topology),
    ...dnsManifests(topology),
    ...(topology.ingress === null ? [] : ingressManifests(topology.ingress)),
  ];
}

/** Written by the API server itself on a real cluster; no controller looks after it. */
function apiServerEndpoint(family: Family): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: family,
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    endpoints: [{ addresses: [RANGES[family].lab], conditions: { ready: true } }],
  };
}
