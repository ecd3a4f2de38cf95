/** Pods that a Service is for and that are not Ready, as the network of their own node reaches them: a kubelet asks from there. */
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { echo } from './echo.ts';
import { backendsOf } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** One more would tell the same of its workload, if not of its node. */
const MOST_PODS = 2;
/** It is closed or it is not: the second attempt is not a coincidence. */
const ATTEMPTS = 2;

/** None where the Service has a ready endpoint, or no policy stands beside its pods: what keeps them from Ready is their own then. */
export function unreadyEndpointPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { service } = target;
  if (service === null || backendsOf(target).length > 0) return [];
  if (!cluster.networkPolicies.some(({ namespace }) => namespace === service.namespace)) return [];
  return unreadyPods(cluster, target)
    .slice(0, MOST_PODS)
    .flatMap((pod) => {
      const host = vantages.hosts.find(({ node }) => node === pod.node);
      const control = vantages.controls.find(({ node }) => node === pod.node);
      if (host === undefined || control === undefined) return [];
      return [...fromOwnNode(host, pod), { ...echo(host, control, null), attempts: ATTEMPTS }];
    });
}

/** Pods that run, whose addresses a Service lists and does not give to anybody. */
function unreadyPods(cluster: Cluster, { service }: Target): Pod[] {
  const names = new Set(
    service?.backends.flatMap(({ pod }) => (pod === null ? [] : [`${pod.namespace}/${pod.name}`])) ?? [],
  );
  return cluster.pods.filter(
    (pod) =>
      names.has(`${pod.namespace}/${pod.name}`) &&
      pod.phase === 'Running' &&
      !pod.ready &&
      !pod.terminating &&
      !pod.hostNetwork,
  );
}

function fromOwnNode(host: Agent, { addresses, ports, node, namespace, name }: Pod): WeightedPath[] {
  const [address] = addresses;
  const port = ports.find(({ protocol }) => protocol === 'TCP')?.port;
  if (address === undefined || port === undefined) return [];
  const to: Destination = { kind: 'backend', address, port, node, pod: { namespace, name } };
  return [
    {
      ...weighted('experiment', host, to, { kind: 'tcp', to: { address, port }, echo: false, bytes: 0 }),
      attempts: ATTEMPTS,
    },
  ];
}
