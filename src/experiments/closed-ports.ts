/** A port of the endpoints on which nothing should listen, asked from their own nodes: a pod that lives refuses it, one whose network is gone does not. */
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import type { Backend, Target } from '../model/target.ts';
import { endpointPaths } from './endpoints.ts';
import { backendsOf, podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Pods of one workload run the same program: what these show is told of their siblings too. */
const MOST_PODS = 3;
/** It is refused or it is not; the second is no coincidence. */
const ATTEMPTS = 2;
/** Services of the first days of the Internet that nobody offers any more (RFC 1078 tcpmux, RFC 862 echo, RFC 863 discard). */
const UNUSED = [1, 7, 9] as const;

/** From the node's own network, which every policy engine lets through for the kubelet's sake; none where kprobe does not stand there. */
export function closedPortPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const arms = backendsOf(target).flatMap((backend) => {
    const pod = podNamed(cluster, backend.pod);
    const host = vantages.hosts.find(({ node }) => node === backend.node);
    const port = pod === null || pod.hostNetwork ? undefined : unusedPort(pod, backend);
    if (host === undefined || port === undefined) return [];
    const { address, node } = backend;
    const to: Destination = { kind: 'backend', address, port, node, pod: backend.pod };
    const probe = { kind: 'tcp', to: { address, port }, echo: false, bytes: 0 } as const;
    return [{ ...weighted('experiment', host, to, probe), attempts: ATTEMPTS }];
  });
  return arms.length === 0 ? [] : [...endpointPaths(cluster, target, vantages), ...arms.slice(0, MOST_PODS)];
}

function unusedPort({ ports }: Pod, backend: Backend): number | undefined {
  return UNUSED.find((port) => port !== backend.port && ports.every((declared) => declared.port !== port));
}
