/** To policies, packets of kprobe's stand-ins are those of the pods whose identity they have. Pure. */
import type { Hello } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import { isSameName } from '../../model/named.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import type { Agent } from '../../model/plan.ts';

/** Who sent what is followed, and from where. */
export interface StandIns {
  readonly agents: readonly Agent[];
  readonly hellos: readonly Pick<Hello, 'agent' | 'addresses'>[];
}

/** The cluster in which each pod has the addresses of its stand-ins as well. */
export function withStandIns(cluster: Cluster, { agents, hellos }: StandIns): Cluster {
  const standIns = agents.flatMap((agent) =>
    agent.of === null || !hasPodIdentity(agent)
      ? []
      : [{ of: agent.of, addresses: hellos.find((hello) => hello.agent === agent.id)?.addresses ?? [] }],
  );
  return {
    ...cluster,
    pods: cluster.pods.map((pod) => {
      const more = standIns.filter(({ of }) => isSameName(of, pod)).flatMap(({ addresses }) => addresses);
      return more.length === 0 ? pod : { ...pod, addresses: [...new Set([...pod.addresses, ...more])] };
    }),
  };
}
