/** To policies, packets of kprobe's stand-ins are those of the pods whose identity they have. Pure. */
import type { Hello } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import { isSameName } from '../../model/named.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import type { Agent } from '../../model/plan.ts';
import type { StandIn } from '../../model/recording.ts';

/** Of the agents of a run, those who stood in for a pod and told from where. */
export function standInsOf(agents: readonly Agent[], hellos: readonly Pick<Hello, 'agent' | 'addresses'>[]): StandIn[] {
  return agents.flatMap((agent) => {
    const addresses = hellos.find((hello) => hello.agent === agent.id)?.addresses ?? [];
    if (agent.of === null || !hasPodIdentity(agent) || addresses.length === 0) return [];
    return [{ of: agent.of, addresses: [...addresses] }];
  });
}

/** The cluster in which each pod has the addresses of its stand-ins as well. */
export function withStandIns(cluster: Cluster, standIns: readonly StandIn[]): Cluster {
  if (standIns.length === 0) return cluster;
  return {
    ...cluster,
    pods: cluster.pods.map((pod) => {
      const more = standIns.filter(({ of }) => isSameName(of, pod)).flatMap(({ addresses }) => addresses);
      return more.length === 0 ? pod : { ...pod, addresses: [...new Set([...pod.addresses, ...more])] };
    }),
  };
}
